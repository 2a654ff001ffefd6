import type { AttachSpec, Blueprint, MapSpec } from '../asm/index.ts';
import { NetwhyError } from '../base/index.ts';
import { attachProgram } from './attach.ts';
import type { Link } from './link.ts';
import type { BpfMap } from './map.ts';
import type { BpfProgram } from './program.ts';

/** The maps and programs of a blueprint, in the kernel. Owns them, and every link made through it. */
export class Loaded implements Disposable {
  readonly blueprint: Blueprint;
  private readonly maps: ReadonlyMap<MapSpec, BpfMap>;
  private readonly programs: readonly BpfProgram[];
  private readonly links: Link[] = [];

  constructor(blueprint: Blueprint, maps: ReadonlyMap<MapSpec, BpfMap>, programs: readonly BpfProgram[]) {
    this.blueprint = blueprint;
    this.maps = maps;
    this.programs = programs;
  }

  /** Throws NetwhyError when the blueprint has no map of this name. */
  map(name: string): BpfMap {
    return named('map', name, [...this.maps.values()]);
  }

  /** Throws NetwhyError when the blueprint has no program of this name. */
  program(name: string): BpfProgram {
    return named('program', name, this.programs);
  }

  /** Attaches every program where its spec says, in the blueprint's order; programs of kind "none" stay detached. */
  attachAll(): void {
    for (const { spec } of this.programs) if (spec.attach.kind !== 'none') this.attach(spec.name);
  }

  /**
   * Attaches one program, as its spec says or as `as` says: the same kind elsewhere, so that one program can serve many
   * functions with a cookie each. The link is owned by this object and may be disposed earlier. Throws SyscallError.
   */
  attach(name: string, as?: AttachSpec): Link {
    const program = this.program(name);
    const link = attachProgram(program, as ?? program.spec.attach);
    this.links.push(link);
    return link;
  }

  /** Removes every link; maps and what they hold stay readable. */
  detachAll(): void {
    disposeAll(this.links.splice(0));
  }

  [Symbol.dispose](): void {
    disposeAll([...this.maps.values(), ...this.programs, ...this.links]);
  }
}

/** The last one first; one that fails does not keep the others, and is reported when all are done. */
export function disposeAll(owned: readonly Disposable[]): void {
  const failures: unknown[] = [];
  for (const one of owned.toReversed()) {
    try {
      one[Symbol.dispose]();
    } catch (error) {
      failures.push(error);
    }
  }
  if (failures.length > 0) throw failures[0];
}

function named<T extends { readonly spec: { readonly name: string } }>(
  what: string,
  name: string,
  all: readonly T[],
): T {
  const found = all.find(({ spec }) => spec.name === name);
  if (found) return found;
  const known = all.map(({ spec }) => spec.name).join(', ') || 'none';
  throw new NetwhyError(`the blueprint has no ${what} "${name}" (it has: ${known})`);
}
