import { Assembler, type Label, label, type MapSpec, type Program, type ProgramSpec } from '../../asm/index.ts';
import { type BpfMap, RingReader } from '../index.ts';
import { kernelBtf } from './udp.ts';

export const EVENTS: MapSpec = {
  name: 'events',
  type: 'ringbuf',
  keySize: 0,
  valueSize: 0,
  maxEntries: 1 << 16,
};
const RECORD_BYTES = 24;

/** What every recorder below writes: which attachment, the third argument, the return register. */
export interface Recorded {
  readonly cookie: bigint;
  readonly argument: bigint;
  readonly result: bigint;
}

/** For kprobes and kretprobes of all kinds: cookie, third argument and return value, of this process's calls only. */
export function kprobeRecorder(): Program {
  const registers = kernelBtf();
  const done = label('done');
  return new Assembler('kprobe_record')
    .mov('r6', 'r1')
    .with(asm => onlyThisProcess(asm, done))
    .with(asm => reserve(asm, done))
    .mov('r1', 'r6')
    .call('get_attach_cookie')
    .store('u64', 'r7', 0, 'r0')
    .load('u64', 'r1', 'r6', registers.field('pt_regs', 'dx').offset)
    .store('u64', 'r7', 8, 'r1')
    .load('u64', 'r1', 'r6', registers.field('pt_regs', 'ax').offset)
    .store('u64', 'r7', 16, 'r1')
    .with(asm => submit(asm, done))
    .build();
}

/** For fentry and fexit: argument number `argument`, and the value `result` (fexit: the one after the last argument). */
export function tracingRecorder(argument: number, result = argument): Program {
  const done = label('done');
  return new Assembler('tracing_record')
    .mov('r6', 'r1')
    .with(asm => onlyThisProcess(asm, done))
    .with(asm => reserve(asm, done))
    .store('u64', 'r7', 0, 0)
    .load('u64', 'r1', 'r6', argument * 8)
    .store('u64', 'r7', 8, 'r1')
    .load('u64', 'r1', 'r6', result * 8)
    .store('u64', 'r7', 16, 'r1')
    .with(asm => submit(asm, done))
    .build();
}

export function recorderSpec(code: Program, attach: ProgramSpec['attach']): ProgramSpec {
  return { name: 'record', attach, code, license: 'GPL' };
}

/** Everything recorded since the last call. */
export function recorded(map: BpfMap): readonly Recorded[] {
  using reader = new RingReader(map);
  const { view } = reader;
  const records: Recorded[] = [];
  reader.consume(at =>
    records.push({
      cookie: view.getBigUint64(at, true),
      argument: view.getBigUint64(at + 8, true),
      result: view.getBigUint64(at + 16, true),
    }),
  );
  return records;
}

function onlyThisProcess(asm: Assembler, other: Label): void {
  asm.call('get_current_pid_tgid').rsh('r0', 32).jumpIf('r0', '!=', process.pid, other);
}

/** r7 = room for a record. */
export function reserve(asm: Assembler, full: Label): void {
  asm.map('r1', EVENTS).mov('r2', RECORD_BYTES).mov('r3', 0).call('ringbuf_reserve');
  asm.mov('r7', 'r0').jumpIf('r7', '==', 0, full);
}

export function submit(asm: Assembler, done: Label): void {
  asm.mov('r1', 'r7').mov('r2', 0).call('ringbuf_submit').place(done).mov('r0', 0).exit();
}
