import { NetwhyError, UsageError } from '../../base/index.ts';
import { Btf } from '../../btf/index.ts';
import type { AttachProgress, ProbeSetRequest, TraceWatchOptions } from '../../collect/index.ts';
import type { PacketFilter } from '../../filter/index.ts';
import { moduleBtf, modulesWithBtf } from '../../kernel/index.ts';
import { type DropRequest, dropConditionsOf } from '../drops/drop-request.ts';
import type { Machine } from '../machine.ts';

/** What the user asked for, in words. */
export interface TraceRequest {
  readonly filter?: PacketFilter;
  /** Over what a tunnel (VXLAN, Geneve, IP in IP) carries. */
  readonly inner?: PacketFilter;
  readonly set: ProbeSetRequest['set'];
  /** Regular expressions over function names. */
  readonly functions?: string;
  readonly exclude?: string;
  readonly modules?: readonly string[];
  readonly netns?: readonly string[];
  readonly ifnames?: readonly string[];
  readonly mark?: string;
  readonly stacks?: boolean;
  readonly callers?: boolean;
  readonly limit?: number;
  readonly durationMs?: number;
  readonly ringBytes?: number;
  readonly dump?: (listing: string) => void;
  readonly progress?: (progress: AttachProgress) => void;
}

const RING_BYTES = 16 << 20;
const MAX_TRACKED = 32_768;

/** Words to numbers of this kernel. Throws UsageError for what it does not know. */
export function watchOptionsOf(machine: Machine, request: TraceRequest): TraceWatchOptions {
  const { netns, ifnames, mark, dump, progress } = request;
  const place: DropRequest = {
    ...(netns ? { netns } : {}),
    ...(ifnames ? { ifnames } : {}),
    ...(mark === undefined ? {} : { mark }),
  };
  return {
    btf: machine.btf,
    modules: request.set === 'tracepoints' ? conntrackTypes() : moduleTypes(modulesWithBtf()),
    names: machine.names(),
    probes: probeRequest(request),
    filter: request.filter ?? null,
    inner: request.inner ?? null,
    conditions: dropConditionsOf(place, machine),
    stacks: request.stacks === true,
    callers: request.callers === true || request.stacks === true,
    ringBytes: request.ringBytes ?? RING_BYTES,
    maxTracked: MAX_TRACKED,
    ...(dump ? { dump } : {}),
    ...(progress ? { progress } : {}),
  };
}

function probeRequest({ set, functions, exclude, modules }: TraceRequest): ProbeSetRequest {
  return {
    set,
    ...(functions === undefined ? {} : { functions: pattern(functions, '--functions') }),
    ...(exclude === undefined ? {} : { exclude: pattern(exclude, '--exclude') }),
    ...(modules ? { modules } : {}),
  };
}

function pattern(text: string, option: string): RegExp {
  try {
    return new RegExp(`^(?:${text})$`);
  } catch (error) {
    throw new UsageError(
      `${option}: ${(error as Error).message}`,
      'whole names are matched: write tcp_.* for all that start so',
    );
  }
}

function conntrackTypes(): readonly Btf[] {
  return moduleTypes(modulesWithBtf().filter(name => name === 'nf_conntrack'));
}

/** A module that goes while it is read is left out. */
function moduleTypes(names: readonly string[]): readonly Btf[] {
  return names.flatMap(name => {
    try {
      const btf = moduleBtf(name);
      return btf instanceof Btf ? [btf] : [];
    } catch (error) {
      if (error instanceof NetwhyError) return [];
      throw error;
    }
  });
}
