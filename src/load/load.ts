import { type Blueprint, listing, type MapSpec, type ProgramSpec } from '../asm/index.ts';
import { NetwhyError } from '../base/index.ts';
import type { Btf } from '../btf/index.ts';
import { targetOf } from './attach.ts';
import { KernelTypes } from './kernel-types.ts';
import { disposeAll, Loaded } from './loaded.ts';
import { BpfMap } from './map.ts';
import { BpfProgram } from './program.ts';
import { loadProgram } from './program-load.ts';
import { relocate } from './relocate.ts';

export interface LoadOptions {
  /** The kernel's types, for tp-btf, fentry and fexit; read from /sys/kernel/btf/vmlinux when needed and absent. */
  readonly btf?: Btf | (() => Btf);
  /** Gets the listing of each program before it is loaded, relocations still by name. */
  readonly dump?: (text: string) => void;
  /** Verifier log of a rejected program: 1 (default) states at branches, 2 at every instruction. */
  readonly logLevel?: number;
}

/**
 * Makes the maps, loads the programs; nothing is attached yet. When anything fails everything is taken back.
 * Throws VerifierError, SyscallError, BtfNotFoundError, NetwhyError.
 */
export function load(blueprint: Blueprint, options: LoadOptions = {}): Loaded {
  checkNames('map', blueprint.maps);
  checkNames('program', blueprint.programs);
  using types = new KernelTypes(options.btf);
  const maps = new Map<MapSpec, BpfMap>();
  const programs: BpfProgram[] = [];
  try {
    for (const spec of blueprint.maps) maps.set(spec, BpfMap.create(spec));
    for (const spec of blueprint.programs) programs.push(loadOne(spec, maps, types, options));
    return new Loaded(blueprint, maps, programs);
  } catch (error) {
    disposeAll([...maps.values(), ...programs]);
    throw error;
  }
}

function loadOne(
  spec: ProgramSpec,
  maps: ReadonlyMap<MapSpec, BpfMap>,
  types: KernelTypes,
  { dump, logLevel = 1 }: LoadOptions,
): BpfProgram {
  dump?.(`program ${spec.name}\n${listing(spec.code)}`);
  const target = targetOf(spec.attach, types);
  const instructions = relocate(spec.code, maps);
  const { name, code, license } = spec;
  return new BpfProgram(spec, target, loadProgram({ name, code, license, instructions, target, logLevel }));
}

function checkNames(what: string, specs: readonly { readonly name: string }[]): void {
  const seen = new Set<string>();
  for (const { name } of specs) {
    if (seen.has(name)) throw new NetwhyError(`the blueprint has two ${what}s named "${name}"`);
    seen.add(name);
  }
}
