import { INSN_BYTES } from '../abi/index.ts';
import type { MapSpec, Program, Relocation } from '../asm/index.ts';
import { NetwhyError } from '../base/index.ts';
import type { BpfMap } from './map.ts';

/** A copy of the instructions with the maps' descriptors filled in. Throws NetwhyError for a map of no blueprint. */
export function relocate(program: Program, maps: ReadonlyMap<MapSpec, BpfMap>): Uint8Array {
  const bytes = program.bytes.slice();
  const view = new DataView(bytes.buffer);
  for (const relocation of program.relocations) {
    const map = maps.get(relocation.map);
    if (!map) throw unknownMap(program, relocation, maps);
    const at = relocation.slot * INSN_BYTES;
    view.setInt32(at + 4, map.fd, true);
    if (relocation.kind === 'map-value') view.setInt32(at + INSN_BYTES + 4, relocation.offset, true);
  }
  return bytes;
}

function unknownMap(
  program: Program,
  { map, slot }: Relocation,
  maps: ReadonlyMap<MapSpec, BpfMap>,
): NetwhyError {
  const known = [...maps.keys()].map(spec => spec.name).join(', ') || 'none';
  return new NetwhyError(
    `program ${program.name}, instruction ${slot}: map ${map.name} is not in the blueprint (it has: ${known})`,
    'put the same MapSpec object into blueprint.maps',
  );
}
