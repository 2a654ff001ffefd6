import type { Btf } from '../../btf/index.ts';
import type { Unprobeable } from '../../events/index.ts';
import {
  GATE_FUNCTIONS,
  GRO_EXITS,
  LINEAGE_FUNCTIONS,
  type ProbedFunction,
  type ProbedTracepoint,
  SOCKET_TRACEPOINTS,
  STAGE_FUNCTIONS,
  STAGE_TRACEPOINTS,
  stageOf,
} from '../../probes/index.ts';
import { type Probeable, whyNot } from './probeable.ts';

/** Which functions are to be probed. */
export interface ProbeSetRequest {
  readonly set: 'stages' | 'all' | 'tracepoints';
  /** Besides the set's: every function with a sk_buff argument whose name matches. */
  readonly functions?: RegExp;
  /** Leave these out; what keeps a trail together (lineage, ends) stays in. */
  readonly exclude?: RegExp;
  /** With `all` and `functions`: only these modules; "vmlinux" is the kernel itself. */
  readonly modules?: readonly string[];
}

/** What will be probed, and what was asked for and will not. */
export interface ProbeSet {
  readonly functions: readonly ProbedFunction[];
  readonly tracepoints: readonly ProbedTracepoint[];
  readonly absent: readonly string[];
  readonly unprobeable: readonly Unprobeable[];
}

/** A function as BTF has it. */
interface Candidate {
  readonly name: string;
  readonly module: string | null;
  readonly position: number;
}

const NEEDED: ReadonlySet<string> = new Set<string>([
  ...Object.values(LINEAGE_FUNCTIONS).flat(),
  ...Object.keys(GATE_FUNCTIONS),
]);
const TABLE: ReadonlySet<string> = new Set<string>([...Object.values(STAGE_FUNCTIONS).flat(), ...NEEDED]);
/** Pieces of the tracing machinery itself, which take an sk_buff only to pass it to tracepoints. */
const MACHINERY =
  /^(__probestub_|__traceiter_|__bpf_trace_|trace_event_raw_event_|perf_trace_|____bpf_|bpf_prog_)/;

const OWN = 'a piece of the tracing machinery itself';

/** Finds the set in the kernel's and its modules' types. `probeable` is asked for `all` and patterns only. */
export function probeSetOf(
  btfs: readonly Btf[],
  request: ProbeSetRequest,
  probeable: () => Probeable,
): ProbeSet {
  const tracepoints = tracepointsOf(btfs[0]!);
  if (request.set === 'tracepoints') {
    const more = [...socketTracepointsOf(btfs[0]!), ...groExitsOf(btfs[0]!)];
    return { functions: [], tracepoints: [...tracepoints, ...more], absent: [], unprobeable: [] };
  }
  const everything = request.set === 'all' || request.functions !== undefined;
  const candidates = everything ? btfs.flatMap(candidatesOf) : tableCandidates(btfs);
  const wanted = candidates.filter(candidate => isWanted(candidate, request));
  const names = new Set(candidates.map(({ name }) => name));
  const absent = [...TABLE].filter(name => !names.has(name));
  const asked = (name: string): boolean => request.set === 'all' || request.functions?.test(name) === true;
  const probed = unique(wanted).map(candidate => probedOf(candidate, asked));
  const { functions, unprobeable } = everything
    ? sorted(probed, probeable())
    : { functions: probed, unprobeable: [] };
  return { functions, tracepoints, absent, unprobeable };
}

function candidatesOf(btf: Btf): Candidate[] {
  const module = btf.name === 'vmlinux' ? null : btf.name;
  return btf
    .functionsByArgument('sk_buff', 5)
    .map(({ name, argIndex }) => ({ name, module, position: argIndex }));
}

/** The functions of the table, looked up by name: far quicker than going through all functions. */
function tableCandidates(btfs: readonly Btf[]): Candidate[] {
  const skb = btfs[0]!.find('struct', 'sk_buff');
  return [...TABLE].flatMap(name => {
    const home = btfs.find(btf => (btf.find('func', name) ?? 0) >= btf.firstId);
    const position = home
      ?.func(name)
      ?.params.findIndex(({ typeId }, at) => at < 5 && pointsTo(home, typeId, skb));
    if (home === undefined || position === undefined || position < 0) return [];
    return [{ name, module: home.name === 'vmlinux' ? null : home.name, position }];
  });
}

function pointsTo(btf: Btf, typeId: number, struct: number | undefined): boolean {
  const type = btf.type(btf.resolve(typeId));
  return type.kind === 'ptr' && btf.resolve(type.typeId) === struct;
}

function isWanted({ name, module }: Candidate, request: ProbeSetRequest): boolean {
  if (NEEDED.has(name)) return true;
  if (request.exclude?.test(name)) return false;
  const inModules = request.modules === undefined || request.modules.includes(module ?? 'vmlinux');
  if (request.set === 'all') return inModules;
  return TABLE.has(name) || (inModules && request.functions?.test(name) === true);
}

/** The same function may be described twice; kernels and modules rarely share a name, and then neither is probed. */
function unique(candidates: readonly Candidate[]): readonly Candidate[] {
  const byName = new Map<string, Candidate>();
  for (const candidate of candidates) if (!byName.has(candidate.name)) byName.set(candidate.name, candidate);
  return [...byName.values()];
}

function sorted(
  all: readonly ProbedFunction[],
  probeable: Probeable,
): Pick<ProbeSet, 'functions' | 'unprobeable'> {
  const functions: ProbedFunction[] = [];
  const unprobeable: Unprobeable[] = [];
  for (const probed of all) {
    const { name, module } = probed;
    const why = MACHINERY.test(name) ? OWN : whyNot(probeable, name);
    if (why === null) functions.push(probed);
    else unprobeable.push({ function: name, module, why });
  }
  return { functions, unprobeable };
}

function probedOf({ name, module, position }: Candidate, asked: (name: string) => boolean): ProbedFunction {
  return { name, module, position, stage: stageOf(name), asked: asked(name) };
}

function tracepointsOf(btf: Btf): ProbedTracepoint[] {
  return Object.entries(STAGE_TRACEPOINTS).flatMap(([name, stage]) => {
    const params = btf.tracepoint(name)?.params ?? [];
    const types = params.map(({ typeId }) => btf.typeName(typeId));
    const skb = types.findIndex(type => type.endsWith('struct sk_buff *'));
    if (skb < 0) return [];
    const caller = types.indexOf('void *');
    const value = types.findIndex(type => type.endsWith('enum skb_drop_reason'));
    return [{ name, stage, skb, ...(caller < 0 ? {} : { caller }), ...(value < 0 ? {} : { value }) }];
  });
}

/** What functions tell better where they can be probed. */
function socketTracepointsOf(btf: Btf): ProbedTracepoint[] {
  return Object.entries(SOCKET_TRACEPOINTS).flatMap(([name, stage]) => {
    const params = btf.tracepoint(name)?.params ?? [];
    const skb = params.findIndex(({ typeId }) => btf.typeName(typeId).endsWith('struct sock *'));
    return skb < 0 ? [] : [{ name, stage, skb, queued: true as const }];
  });
}

function groExitsOf(btf: Btf): ProbedTracepoint[] {
  return GRO_EXITS.filter(name => btf.tracepoint(name)).map(name => ({ name, stage: 'gro', skb: 0 }));
}
