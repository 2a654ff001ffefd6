// SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only
import type { AttachSpec, Blueprint, Program } from '../../asm/index.ts';
import type { Btf } from '../../btf/index.ts';
import { type PacketFilter, skbPlaces } from '../../filter/index.ts';
import type { ArgumentSource } from './arguments.ts';
import { followerProgram } from './follower.ts';
import { type GateOptions, gateProgram } from './gate.ts';
import type { GateConditions } from './gate-conditions.ts';
import { groExitProgram } from './gro-exit.ts';
import { lineageProgram } from './lineage.ts';
import { TRACKED_FLAG, type TraceMaps, traceMaps } from './maps.ts';
import { MERGED_ARGUMENT } from './merge.ts';
import { FLAGS_HERE, NUMBER_HERE, withConstants } from './number-patch.ts';
import { registerPlacesOf, tracePlacesOf } from './places.ts';
import {
  type NumberedProbe,
  numberProbes,
  type ProbedFunction,
  type ProbedTracepoint,
} from './probe-plan.ts';
import { afterReleaseProgram, releaseProgram } from './release.ts';
import { type ReturnRole, returnProgram } from './return.ts';
import { type EntryRole, entryRoleOf, returnRoleOf } from './roles.ts';
import { GATE_TRACEPOINTS, GRO_EXITS, LINEAGE_FUNCTIONS } from './stages.ts';
import { entryCookie, LINEAGE_ROLES, returnCookie, type Told } from './told.ts';
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
  /** Hops also in the functions that are probed for what they do to a trail: those that free, copy or join. */
  readonly frees: boolean;
  /** Bytes, a power of two. */
  readonly ringBytes: number;
  /** Packets followed at a time. */
  readonly maxTracked: number;
}

/** A program and the functions it is to be attached to. */
export interface FunctionGroup {
  readonly program: string;
  readonly return: boolean;
  /** Indexes in `probes`. */
  readonly probes: readonly number[];
  /** By probe. */
  readonly cookies: ReadonlyMap<number, bigint>;
}

export interface TraceProbe {
  readonly blueprint: Blueprint;
  readonly maps: TraceMaps;
  readonly probes: readonly NumberedProbe[];
  /** Programs that are attached to functions; all others are attached as their specs say. */
  readonly groups: readonly FunctionGroup[];
}

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
  private readonly cookies: boolean;

  constructor(btf: Btf, conntrack: Btf, options: TraceOptions) {
    this.btf = btf;
    this.options = options;
    this.cookies = options.numbering === 'cookie';
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
    this.addFunctionGroups();
    this.addReturns();
    const maps = Object.values(this.shared.maps).filter(map => map !== null);
    return {
      blueprint: { maps, programs: this.programs },
      maps: this.shared.maps,
      probes: this.probes,
      groups: this.groups,
    };
  }

  private addTracepoint(tracepoint: ProbedTracepoint, index: number): void {
    const { name, skb, queued, caller, value } = tracepoint;
    if (GRO_EXITS.includes(name)) {
      const exit = groExitProgram(this.shared, name, index);
      this.add(`tp_${name}`, { kind: 'raw-tracepoint', tracepoint: name }, exit);
      return;
    }
    const source = {
      kind: 'tracepoint',
      skb,
      ...(queued ? { queued } : {}),
      ...(caller === undefined ? {} : { caller }),
      ...(value === undefined ? {} : { value }),
    } as const;
    const direction = GATE_TRACEPOINTS[name];
    const last = !this.endsSeen && (name === 'kfree_skb' || name === 'consume_skb');
    // Where every end is seen, gates differ in their flags alone.
    const gate = direction && this.endsSeen ? 'gate' : direction;
    const shape = [gate, skb, queued, caller, value, last].join(' ');
    const made = this.templates.get(shape);
    const code = made ?? this.tracepointProgram(`tp_${name}`, source, direction, last);
    this.templates.set(shape, code);
    const attach = { kind: 'raw-tracepoint', tracepoint: name } as const;
    const flags = direction === 'receive' ? TRACKED_FLAG.received : 0;
    this.add(`tp_${name}`, attach, withConstants(code, `tp_${name}`, index, flags));
  }

  /** Written once for all tracepoints whose arguments are alike: only their numbers differ. */
  private tracepointProgram(
    name: string,
    source: GateOptions['source'],
    direction: GateOptions['direction'] | undefined,
    last: boolean,
  ): Program {
    const number = { kind: 'constant', value: NUMBER_HERE } as const;
    if (direction) return gateProgram(this.shared, this.gate(name, source, number, direction, FLAGS_HERE));
    const mayBeStale = !this.endsSeen;
    return followerProgram(this.shared, {
      name,
      source,
      number,
      look: true,
      pending: false,
      last,
      mayBeStale,
    });
  }

  private gate(
    name: string,
    source: GateOptions['source'],
    number: ProbeNumber,
    direction: GateOptions['direction'],
    flags: number,
  ): GateOptions {
    const { conditions, filter, inner } = this.options;
    const filterPlaces = skbPlaces(this.btf);
    return {
      name,
      source,
      number,
      direction,
      flags,
      conditions,
      filter,
      inner,
      filterPlaces,
      endsSeen: this.endsSeen,
    };
  }

  /** One program per role where cookies tell the rest, else one for each way its functions are called. */
  private addFunctionGroups(): void {
    const groups = new Map<string, FunctionMember[]>();
    this.options.functions.forEach((probed, index) => {
      const member = this.memberOf(probed, index);
      const key = groupKey(member, this.cookies);
      groups.set(key, [...(groups.get(key) ?? []), member]);
    });
    for (const [name, members] of groups) this.addGroup(name, members);
  }

  private memberOf(probed: ProbedFunction, index: number): FunctionMember {
    const role = entryRoleOf(probed);
    return {
      role,
      number: this.options.tracepoints.length + index,
      position: role === 'merge' ? MERGED_ARGUMENT : probed.position,
      look: role === 'look',
      pending: returnRoleOf(probed, this.options.returns) !== null,
    };
  }

  private addGroup(name: string, members: readonly FunctionMember[]): void {
    const cookies = members.map(entryCookie);
    const numbers = members.map(({ number }) => number);
    this.addFunctions(name, this.functionProgram(name, members), { numbers, cookies, return: false });
  }

  private functionProgram(name: string, members: readonly FunctionMember[]): Program {
    const { shared } = this;
    const { frees } = this.options;
    const { role, position, look, pending } = members[0]!;
    const number = { kind: this.cookies ? 'told' : 'address' } as const;
    const positions = [...new Set(members.map(member => member.position))].sort();
    const source: ArgumentSource = this.cookies
      ? { kind: 'told', positions }
      : { kind: 'registers', skb: position };
    const follower = (): Program =>
      followerProgram(
        shared,
        this.cookies
          ? { name, source, number, look: 'told', pending: 'told' }
          : { name, source, number, look, pending },
      );
    const roles = LINEAGE_ROLES.filter(one => members.some(member => member.role === one));
    const lineage = (): Program => lineageProgram(shared, { name, source, number, roles, hops: frees });
    const make: Readonly<Record<EntryRole, () => Program>> = {
      hop: follower,
      look: follower,
      gate: () => gateProgram(shared, this.gate(name, source, number, 'output', 0)),
      release: () => releaseProgram(shared, name, source, number, frees),
      after: () => afterReleaseProgram(shared, name, source, number),
      remember: lineage,
      fragment4: lineage,
      fragment6: lineage,
      merge: lineage,
      enqueue: lineage,
      reassemble: lineage,
    };
    return make[role]();
  }

  private addReturns(): void {
    const groups = new Map<string, { number: number; role: ReturnRole }[]>();
    this.options.functions.forEach((probed, index) => {
      const role = returnRoleOf(probed, this.options.returns);
      if (!role) return;
      const key = this.cookies ? 'ret' : `ret_${role}`;
      const number = this.options.tracepoints.length + index;
      groups.set(key, [...(groups.get(key) ?? []), { number, role }]);
    });
    for (const [name, members] of groups) {
      const roles = [...new Set(members.map(({ role }) => role))];
      const number = { kind: this.cookies ? 'told' : 'address' } as const;
      this.addFunctions(name, returnProgram(this.shared, name, roles, number), {
        numbers: members.map(member => member.number),
        cookies: members.map(member => returnCookie(member.number, member.role)),
        return: true,
      });
    }
  }

  private addFunctions(
    name: string,
    code: Program,
    group: { numbers: readonly number[]; cookies: readonly bigint[]; return: boolean },
  ): void {
    const { numbers, cookies } = group;
    this.groups.push({
      program: name,
      return: group.return,
      probes: numbers,
      cookies: new Map(numbers.map((number, index) => [number, cookies[index]!])),
    });
    const functions = numbers.map(number => this.probes[number]!.function);
    const attach: AttachSpec = this.cookies
      ? { kind: 'kprobe-multi', functions, cookies, return: group.return }
      : { kind: 'kprobe', function: functions[0]!, return: group.return };
    this.add(name, attach, code);
  }

  private add(name: string, attach: AttachSpec, code: Program): void {
    this.programs.push({ name, attach, code, license: 'GPL' });
  }
}

interface FunctionMember extends Told {
  readonly role: EntryRole;
}

/** Which functions share a program, and its name. */
function groupKey({ role, position, pending }: FunctionMember, cookies: boolean): string {
  if (!cookies) return `fn_${role}${position}${pending ? 'r' : ''}`;
  if (includes(LINEAGE_ROLES, role)) return 'fn_lineage';
  return role === 'look' ? 'fn_hop' : `fn_${role}`;
}

function includes(names: readonly string[], name: string): boolean {
  return names.includes(name);
}
