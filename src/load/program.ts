import type { ProgTypeName } from '../abi/index.ts';
import type { ProgramSpec } from '../asm/index.ts';
import { Attr, bpf, type Fd } from '../sys/index.ts';
import type { LoadTarget } from './attach-target.ts';

/** What BPF_PROG_TEST_RUN gave: r0, the packet as the program left it, and its mean run time. */
export interface TestResult {
  readonly result: number;
  readonly output: Uint8Array;
  readonly durationNs: number;
}

/** These run on a context handed in by the caller (raw tracepoints: their u64 arguments); all others on a packet. */
const RUN_ON_CONTEXT: ReadonlySet<ProgTypeName> = new Set(['raw_tracepoint', 'syscall', 'sk_lookup']);
const ROOM_TO_GROW = 512;

/** A program that passed the verifier. */
export class BpfProgram implements Disposable {
  readonly spec: ProgramSpec;
  readonly target: LoadTarget;
  private readonly handle: Fd;

  constructor(spec: ProgramSpec, target: LoadTarget, handle: Fd) {
    this.spec = spec;
    this.target = target;
    this.handle = handle;
  }

  /** -1 once disposed. */
  get fd(): number {
    return this.handle.fd;
  }

  /**
   * Runs the program in the kernel on a packet (socket_filter, sched_cls, xdp: 14 bytes at least) or on its context
   * (raw_tracepoint, 5.10). Throws SyscallError; 524 when programs of this type cannot be run.
   */
  testRun(input: Uint8Array, repeat = 1): TestResult {
    return RUN_ON_CONTEXT.has(this.target.type) ? this.runOnContext(input) : this.runOnPacket(input, repeat);
  }

  [Symbol.dispose](): void {
    this.handle.close();
  }

  private runOnPacket(packet: Uint8Array, repeat: number): TestResult {
    const output = new Uint8Array(packet.byteLength + ROOM_TO_GROW);
    const attr = new Attr(80)
      .u32(0, this.fd)
      .u32(8, packet.byteLength)
      .u32(12, output.byteLength)
      .pointer(16, packet)
      .pointer(24, output)
      .u32(32, repeat);
    bpf('prog_test_run', attr.bytes, this.handle.what);
    return {
      result: attr.readU32(4),
      output: output.subarray(0, attr.readU32(12)),
      durationNs: attr.readU32(36),
    };
  }

  private runOnContext(context: Uint8Array): TestResult {
    const attr = new Attr(80).u32(0, this.fd).u32(40, context.byteLength).pointer(48, context);
    bpf('prog_test_run', attr.bytes, this.handle.what);
    return { result: attr.readU32(4), output: new Uint8Array(0), durationNs: attr.readU32(36) };
  }
}
