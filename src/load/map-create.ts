import { MAP_TYPES } from '../abi/index.ts';
import type { MapSpec } from '../asm/index.ts';
import { Attr, bpf, Fd, raiseMemlock } from '../sys/index.ts';
import { checkMapSpec } from './map-rules.ts';

const NAME_SIZE = 16;

/** BPF_MAP_CREATE. The kernel's name is the first 15 bytes, cleaned. Throws SyscallError, NetwhyError for bad sizes. */
export function createMap(spec: MapSpec): Fd {
  checkMapSpec(spec);
  raiseMemlock();
  const attr = new Attr(72)
    .u32(0, MAP_TYPES[spec.type])
    .u32(4, spec.keySize)
    .u32(8, spec.valueSize)
    .u32(12, spec.maxEntries)
    .u32(16, spec.flags ?? 0)
    .name(28, NAME_SIZE, spec.name);
  const what = `map ${spec.name}`;
  return new Fd(bpf('map_create', attr.bytes, what), what);
}
