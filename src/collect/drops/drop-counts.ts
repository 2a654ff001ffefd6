import { DROP_COUNT_KEY, type DropCount, textAt } from '../../events/index.ts';
import type { BpfMap } from '../../load/index.ts';
import type { KernelNames } from './kernel-names.ts';

const AT = DROP_COUNT_KEY.at;

/** Every row of the counting map, with the CPUs' counts added up. */
export function readCounts(map: BpfMap, names: KernelNames): readonly DropCount[] {
  const rows: DropCount[] = [];
  for (const [key, value] of map.entries()) rows.push(countOf(key, value, names));
  return rows;
}

function countOf(key: Uint8Array, value: Uint8Array, names: KernelNames): DropCount {
  const view = new DataView(key.buffer, key.byteOffset, key.byteLength);
  const low = view.getUint32(AT.location.offset, true);
  const place = names.placeOf(view.getUint32(AT.location.offset + 4, true), low);
  const name = names.reasonOf(view.getUint32(AT.reason.offset, true));
  const ifindex = view.getUint32(AT.ifindex.offset, true) || null;
  const netns = view.getUint32(AT.netns.offset, true) || null;
  const protocol = view.getUint16(AT.protocol.offset);
  const packetType = view.getUint16(AT.packetType.offset, true);
  const promiscuous = view.getUint32(AT.deviceFlags.offset, true) !== 0;
  const question = { ...name, function: place.name, protocol, packetType, promiscuous };
  return {
    reason: name.reason,
    subsystem: name.subsystem,
    function: place.name,
    offset: place.offset,
    module: place.module,
    stack: names.stackOf(view.getInt32(AT.stack.offset, true), place),
    ifname: ifindex === null ? null : textAt(key, AT.ifname.offset, AT.ifname.size),
    ifindex,
    netns,
    netnsName: netns === null ? null : names.netnsNameOf(netns),
    benign: names.isBenign(question, place, name),
    count: sumOf(value),
  };
}

function sumOf(perCpu: Uint8Array): number {
  const view = new DataView(perCpu.buffer, perCpu.byteOffset, perCpu.byteLength);
  let sum = 0n;
  for (let offset = 0; offset < perCpu.byteLength; offset += 8) sum += view.getBigUint64(offset, true);
  return Number(sum);
}
