/**
 * Records a second taken out of a BPF ring buffer: RingReader beside a plain reader, on the same records. The kernel
 * fills the ring (BPF_PROG_TEST_RUN) between the timed reads; both read the same four fields of each record.
 */
import { Assembler, type Blueprint, label, type MapSpec } from '../src/asm/index.ts';
import { type BpfMap, type Loaded, load, RingReader } from '../src/load/index.ts';
import { mapMemory, pageSize } from '../src/sys/index.ts';

const RING_BYTES = 8 << 20;
const ROUNDS = 60;
const WARM_UP = 10;
const SIZES = [32, 64, 256];
const PACKET = new Uint8Array(64);

function producer(ring: MapSpec, recordBytes: number): Blueprint {
  const full = label('full');
  const asm = new Assembler('fill')
    .map('r1', ring)
    .mov('r2', recordBytes)
    .mov('r3', 0)
    .call('ringbuf_reserve');
  asm.mov('r6', 'r0').jumpIf('r6', '==', 0, full).call('ktime_get_ns').store('u64', 'r6', 0, 'r0');
  asm.store('u32', 'r6', 8, 3).store('u16', 'r6', 12, 4789).store('u64', 'r6', 16, -7);
  asm.mov('r1', 'r6').mov('r2', 1).call('ringbuf_submit').place(full).mov('r0', 0).exit();
  const attach = { kind: 'none', type: 'sched_cls' } as const;
  return { maps: [ring], programs: [{ name: 'fill', attach, code: asm.build(), license: 'GPL' }] };
}

interface Reader extends Disposable {
  /** Reads everything; the sum of the fields keeps the work from being optimised away. */
  read(): { readonly records: number; readonly sum: number };
}

function careful(map: BpfMap): Reader {
  const ring = new RingReader(map);
  const { view } = ring;
  let sum = 0;
  const onRecord = (at: number): void => {
    const time = view.getUint32(at, true) + view.getUint32(at + 4, true) * 4294967296;
    sum += time + view.getUint32(at + 8, true) + view.getUint16(at + 12, true) + view.getInt32(at + 16, true);
  };
  return {
    read: () => ({ records: ring.consume(onRecord), sum }),
    [Symbol.dispose]: () => ring[Symbol.dispose](),
  };
}

/** A DataView and an object for each record, positions as bigint, given back after each record. */
function plain(map: BpfMap): Reader {
  const page = pageSize();
  const consumer = mapMemory(map.fd, page, 0, true);
  const data = mapMemory(map.fd, page + 2 * RING_BYTES, page, false);
  let sum = 0;
  const read = (): { records: number; sum: number } => {
    let records = 0;
    let position = consumer.view.getBigUint64(0, true);
    while (position < data.view.getBigUint64(0, true)) {
      const at = page + Number(position % BigInt(RING_BYTES));
      const length = data.view.getUint32(at, true) & 0x3fff_ffff;
      const record = decode(new DataView(data.buffer, at + 8, length));
      sum += Number(record.time) + record.reason + record.port + Number(record.id);
      position += BigInt((length + 15) & ~7);
      consumer.view.setBigUint64(0, position, true);
      records++;
    }
    return { records, sum };
  };
  const dispose = (): void => {
    data[Symbol.dispose]();
    consumer[Symbol.dispose]();
  };
  return { read, [Symbol.dispose]: dispose };
}

function decode(view: DataView): { time: bigint; reason: number; port: number; id: bigint } {
  return {
    time: view.getBigUint64(0, true),
    reason: view.getUint32(8, true),
    port: view.getUint16(12, true),
    id: view.getBigInt64(16, true),
  };
}

/** Records a second over all rounds after the warm-up; only reading is timed. */
function rateOf(loaded: Loaded, make: (map: BpfMap) => Reader, recordBytes: number): number {
  using reader = make(loaded.map('ring'));
  const capacity = Math.floor(RING_BYTES / (recordBytes + 8));
  let records = 0;
  let milliseconds = 0;
  for (let round = 0; round < WARM_UP + ROUNDS; round++) {
    loaded.program('fill').testRun(PACKET, capacity);
    const start = performance.now();
    const read = reader.read();
    const took = performance.now() - start;
    if (read.records !== capacity) throw new Error(`read ${read.records} of ${capacity} records`);
    if (round >= WARM_UP) [records, milliseconds] = [records + read.records, milliseconds + took];
  }
  return (records / milliseconds) * 1000;
}

console.log('record   RingReader      plain reader    ratio   (records a second)');
for (const recordBytes of SIZES) {
  const ring: MapSpec = { name: 'ring', type: 'ringbuf', keySize: 0, valueSize: 0, maxEntries: RING_BYTES };
  using loaded = load(producer(ring, recordBytes));
  const [ours, theirs] = [rateOf(loaded, careful, recordBytes), rateOf(loaded, plain, recordBytes)];
  const columns = [
    `${recordBytes} B`.padEnd(8),
    millions(ours),
    millions(theirs),
    `${(ours / theirs).toFixed(1)}x`,
  ];
  console.log(columns.join(' '));
}

function millions(rate: number): string {
  return `${(rate / 1e6).toFixed(1)} million`.padEnd(15);
}
