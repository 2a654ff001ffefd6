import type { HopProcess, ProbeName, ReasonName, TraceNames } from '../../events/index.ts';
import type { NumberedProbe } from '../../probes/index.ts';
import { KernelNames, type NameSources, type StackReader } from '../drops/kernel-names.ts';
import { verdictText } from './verdict-text.ts';

const COMM_LIMIT = 10_000;

/** Numbers in trace records to names; each distinct number is looked up once. */
export class TraceNaming implements TraceNames {
  private readonly names: KernelNames;
  private readonly byNumber: Map<number, NumberedProbe> = new Map();
  private readonly processes: Map<number, HopProcess> = new Map();
  private readonly unknown: Map<number, ProbeName> = new Map();
  private readonly kallsyms: NameSources['kallsyms'];
  private readonly readComm: (pid: number) => string;

  /** `byAddress`: records carry the low half of a function's address in place of its number. */
  constructor(
    sources: NameSources,
    probes: readonly NumberedProbe[],
    options: { readonly byAddress: boolean; readonly hasReason: boolean; readonly readStack: StackReader },
    readComm: (pid: number) => string,
  ) {
    this.names = new KernelNames(sources, options.hasReason, options.readStack);
    this.kallsyms = sources.kallsyms;
    this.readComm = readComm;
    probes.forEach((probe, number) => {
      if (probe.tracepoint || !options.byAddress) this.byNumber.set(number, probe);
    });
    if (options.byAddress) this.learnAddresses(probes.filter(({ tracepoint }) => !tracepoint));
  }

  /** Probes by what records call them. */
  numbers(): Iterable<readonly [number, NumberedProbe]> {
    return this.byNumber;
  }

  timeOf(ns: number): string {
    return this.names.timeOf(ns);
  }

  probeOf(number: number): ProbeName {
    return this.byNumber.get(number) ?? this.unknownProbe(number);
  }

  verdictOf(probe: ProbeName, value: number): string | null {
    const kind = (probe as NumberedProbe).verdict;
    return kind ? verdictText(kind, value, reason => this.names.reasonOf(reason).reason) : null;
  }

  reasonOf(value: number): ReasonName {
    return this.names.reasonOf(value);
  }

  callerOf(high: number, low: number): string | null {
    if (high === 0 && low === 0) return null;
    const { name, offset, module } = this.names.placeOf(high, low);
    if (name === null) return null;
    return `${name}+0x${(offset ?? 0).toString(16)}${module === null ? '' : ` [${module}]`}`;
  }

  stackOf(id: number): readonly string[] {
    return this.names.stackOf(id, { name: null, offset: null, module: null, address: '0x0' });
  }

  netnsNameOf(inode: number): string | null {
    return this.names.netnsNameOf(inode);
  }

  learnComm(pid: number, comm: string): void {
    if (this.processes.get(pid)?.comm === comm) return;
    if (this.processes.size >= COMM_LIMIT) this.processes.clear();
    this.processes.set(pid, { pid, comm });
  }

  processOf(pid: number): HopProcess {
    const known = this.processes.get(pid);
    if (known) return known;
    this.learnComm(pid, this.readComm(pid));
    return this.processes.get(pid)!;
  }

  private unknownProbe(number: number): ProbeName {
    let probe = this.unknown.get(number);
    if (!probe) {
      probe = { function: `probe-${number}`, module: null, stage: 'other' };
      this.unknown.set(number, probe);
    }
    return probe;
  }

  private learnAddresses(probes: readonly NumberedProbe[]): void {
    const found = this.kallsyms.symbolAddresses(probes.map(({ function: name }) => name));
    for (const probe of probes)
      for (const address of found.get(probe.function) ?? [])
        this.byNumber.set(Number(address & 0xffffffffn), probe);
  }
}
