// SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only
import type { AttachSpec, Blueprint, Program } from '../../asm/index.ts';
import type { Btf } from '../../btf/index.ts';
import { type PacketFilter, skbPlaces } from '../../filter/index.ts';
import { followerProgram } from './follower.ts';
import { type GateOptions, gateProgram } from './gate.ts';
import type { GateConditions } from './gate-conditions.ts';
import { fragmentProgram, rememberProgram } from './lineage.ts';
import { type TraceMaps, traceMaps } from './maps.ts';
import { NUMBER_HERE, withNumber } from './number-patch.ts';
import { registerPlacesOf, tracePlacesOf } from './places.ts';
import {
  type NumberedProbe,
  numberProbes,
  type ProbedFunction,
  type ProbedTracepoint,
} from './probe-plan.ts';
import { afterReleaseProgram, releaseProgram } from './release.ts';
import { type ReturnRole, returnProgram } from './return.ts';
import { GATE_FUNCTIONS, GATE_TRACEPOINTS, LINEAGE_FUNCTIONS, LOOK_FUNCTIONS, VERDICTS } from './stages.ts';
import type { ProbeNumber, TraceWriting } from './writer.ts';

export interface TraceOptions {
  readonly functions: readonly ProbedFunction[];
  readonly tracepoints: readonly ProbedTracepoint[];
  /** How one program knows for which of its functions it runs; `address` is what 5.15 to 5.17 can do. */
  readonly numbering: 'cookie' | 'address';
  readonly filter: PacketFilter | null;
  readonly inner: PacketFilter | null;
  readonly conditions: GateConditions;
  readonly stacks: boolean;
  readonly callers: boolean;
  /** Return values of the functions that decide. */
  readonly returns: boolean;
  /** Hops in the functions that free an sk_buff, not only in the tracepoints before them. */
  readonly frees: boolean;
  /** Bytes, a power of two. */
  readonly ringBytes: number;
  /** Packets followed at a time. */
  readonly maxTracked: number;
}

/** A program and the functions it is to be attached to; their indexes in `probes` are its cookies. */
export interface FunctionGroup {
  readonly program: string;
  readonly return: boolean;
  readonly probes: readonly number[];
}

export interface TraceProbe {
  readonly blueprint: Blueprint;
  readonly maps: TraceMaps;
  readonly probes: readonly NumberedProbe[];
  /** Programs that are attached to functions; all others are attached as their specs say. */
  readonly groups: readonly FunctionGroup[];
}

/** These run when the bytes are gone already: what the table knew is kept for them, per CPU. */
const AFTER_RELEASE: ReadonlySet<string> = new Set(['kfree_skbmem', 'napi_skb_cache_put']);

type Role = 'hop' | 'look' | 'gate' | 'release' | 'after' | 'remember' | 'fragment4' | 'fragment6';

/** The programs behind `netwhy trace`, assembled for this kernel, filter and set of probes. 5.12. */
export function traceProbe(btf: Btf, conntrack: Btf, options: TraceOptions): TraceProbe {
  return new Builder(btf, conntrack, options).build();
}

class Builder {
  private readonly btf: Btf;
  private readonly options: TraceOptions;
  private readonly shared: TraceWriting;
  private readonly probes: readonly NumberedProbe[];
  private readonly programs: { name: string; attach: AttachSpec; code: Program; license: string }[] = [];
  private readonly groups: FunctionGroup[] = [];
  private readonly templates: Map<string, Program> = new Map();
  private readonly endsSeen: boolean;

  constructor(btf: Btf, conntrack: Btf, options: TraceOptions) {
    this.btf = btf;
    this.options = options;
    this.endsSeen = options.functions.some(({ name }) => name === LINEAGE_FUNCTIONS.release[0]);
    this.probes = numberProbes(options.tracepoints, options.functions);
    this.shared = {
      places: tracePlacesOf(btf, conntrack),
      registers: options.functions.length > 0 ? registerPlacesOf(btf) : null,
      maps: traceMaps(options),
      callers: options.callers,
    };
  }

  build(): TraceProbe {
    this.options.tracepoints.forEach((tracepoint, index) => {
      this.addTracepoint(tracepoint, index);
    });
    for (const [key, members] of this.grouped()) this.addGroup(key, members);
    if (this.options.functions.length > 0) this.addReturns();
    const maps = Object.values(this.shared.maps).filter(map => map !== null);
    return {
      blueprint: { maps, programs: this.programs },
      maps: this.shared.maps,
      probes: this.probes,
      groups: this.groups,
    };
  }

  private addTracepoint(tracepoint: ProbedTracepoint, index: number): void {
    const { name, skb, caller, value } = tracepoint;
    const source = {
      kind: 'tracepoint',
      skb,
      ...(caller === undefined ? {} : { caller }),
      ...(value === undefined ? {} : { value }),
    } as const;
    const direction = GATE_TRACEPOINTS[name];
    const last = !this.endsSeen && (name === 'kfree_skb' || name === 'consume_skb');
    const shape = [direction, skb, caller, value, last].join(' ');
    const made = this.templates.get(shape);
    const code = made ?? this.tracepointProgram(`tp_${name}`, source, direction, last);
    this.templates.set(shape, code);
    const attach = { kind: 'raw-tracepoint', tracepoint: name } as const;
    this.add(`tp_${name}`, attach, withNumber(code, `tp_${name}`, index));
  }

  /** Written once for all tracepoints whose arguments are alike: only their numbers differ. */
  private tracepointProgram(
    name: string,
    source: GateOptions['source'],
    direction: GateOptions['direction'] | undefined,
    last: boolean,
  ): Program {
    const number = { kind: 'constant', value: NUMBER_HERE } as const;
    if (direction) return gateProgram(this.shared, this.gate(name, source, number, direction));
    return followerProgram(this.shared, { name, source, number, look: true, pending: false, last });
  }

  private gate(
    name: string,
    source: GateOptions['source'],
    number: ProbeNumber,
    direction: GateOptions['direction'],
  ): GateOptions {
    const { conditions, filter, inner } = this.options;
    const filterPlaces = skbPlaces(this.btf);
    return {
      name,
      source,
      number,
      direction,
      conditions,
      filter,
      inner,
      filterPlaces,
      endsSeen: this.endsSeen,
    };
  }

  /** Functions by what their program does and where their sk_buff is. */
  private grouped(): Map<string, number[]> {
    const groups = new Map<string, number[]>();
    this.options.functions.forEach((probed, index) => {
      for (const role of this.rolesOf(probed)) {
        const key = `${role} ${probed.position} ${this.returnOf(probed.name) ? 'pending' : ''}`;
        const number = this.options.tracepoints.length + index;
        groups.set(key, [...(groups.get(key) ?? []), number]);
      }
    });
    return groups;
  }

  private rolesOf({ name, stage }: ProbedFunction): readonly Role[] {
    const { release, fragment, expand, copy, cut, segment } = LINEAGE_FUNCTIONS;
    if (includes(release, name)) return ['release'];
    if (AFTER_RELEASE.has(name)) return ['after'];
    if (name === fragment[0]) return ['fragment4'];
    if (name === fragment[1]) return ['fragment6'];
    if (stage === 'lineage' && [expand, copy, cut, segment].some(names => includes(names, name)))
      return ['remember'];
    if (GATE_FUNCTIONS[name]) return ['gate'];
    return [LOOK_FUNCTIONS.has(name) ? 'look' : 'hop'];
  }

  private returnOf(name: string): ReturnRole | null {
    const { expand, copy, cut, segment } = LINEAGE_FUNCTIONS;
    if (includes(expand, name)) return 'expand';
    if (includes(copy, name)) return 'copy';
    if (includes(cut, name)) return 'cut';
    if (includes(segment, name)) return 'segment';
    return this.options.returns && VERDICTS[name] ? 'verdict' : null;
  }

  private addGroup(key: string, members: readonly number[]): void {
    const [role, position, pending] = key.split(' ');
    const name = `fn_${role}${position}${pending ? 'r' : ''}`;
    const number = { kind: this.options.numbering } as const;
    const code = this.functionProgram(role as Role, name, Number(position), number, pending !== '');
    this.addFunctions(name, code, members, false);
  }

  private functionProgram(
    role: Role,
    name: string,
    position: number,
    number: ProbeNumber,
    pending: boolean,
  ): Program {
    const { shared, btf } = this;
    const source = { kind: 'registers', skb: position } as const;
    const make: Readonly<Record<Role, () => Program>> = {
      hop: () => followerProgram(shared, { name, source, number, look: false, pending }),
      look: () => followerProgram(shared, { name, source, number, look: true, pending }),
      gate: () => gateProgram(shared, this.gate(name, source, number, 'output')),
      release: () => releaseProgram(shared, name, position, number, this.options.frees),
      after: () => afterReleaseProgram(shared, name, position, number),
      remember: () => rememberProgram(shared, position, number),
      fragment4: () => fragmentProgram(shared, name, btf.field('ip_fraglist_iter', 'frag'), number),
      fragment6: () => fragmentProgram(shared, name, btf.field('ip6_fraglist_iter', 'frag'), number),
    };
    return make[role]();
  }

  private addReturns(): void {
    const byRole = new Map<ReturnRole, number[]>();
    this.options.functions.forEach(({ name }, index) => {
      const role = this.returnOf(name);
      if (role) byRole.set(role, [...(byRole.get(role) ?? []), this.options.tracepoints.length + index]);
    });
    for (const [role, members] of byRole) {
      const code = returnProgram(this.shared, role, { kind: this.options.numbering });
      this.addFunctions(`ret_${role}`, code, members, true);
    }
  }

  private addFunctions(name: string, code: Program, members: readonly number[], atReturn: boolean): void {
    this.groups.push({ program: name, return: atReturn, probes: members });
    const functions = members.map(number => this.probes[number]!.function);
    const attach: AttachSpec =
      this.options.numbering === 'cookie'
        ? { kind: 'kprobe-multi', functions, cookies: members.map(BigInt), return: atReturn }
        : { kind: 'kprobe', function: functions[0]!, return: atReturn };
    this.add(name, attach, code);
  }

  private add(name: string, attach: AttachSpec, code: Program): void {
    this.programs.push({ name, attach, code, license: 'GPL' });
  }
}

function includes(names: readonly string[], name: string): boolean {
  return names.includes(name);
}
