import type { RuleReply, RuleStep, RuleTrace, RuleVerdict, TracedPacket } from '../../events/index.ts';
import type { NftTraceLine } from './nft-trace-line.ts';
import { parseTracedPacket } from './traced-packet.ts';

/** One packet's lines, until nothing more can come. */
interface Block {
  readonly id: string;
  readonly started: number;
  touched: number;
  packet: TracedPacket | undefined;
  /** Base chains whose "packet:" line was seen: a second one is another packet with the same id. */
  readonly chains: Set<string>;
  readonly steps: RuleStep[];
  /** A packet of this host, seen by its own output chain: the only kind that answers a REJECT. */
  dropped: boolean;
}

export interface BlockOptions {
  /** Name of the table that asks for the trace: its own steps are no news. */
  readonly ownTable: string;
  /** Fills in what the line itself does not say. */
  readonly stepOf: (line: NftTraceLine & { readonly kind: 'rule' | 'policy' | 'end' }) => RuleStep;
  /** Whether the packet is one that was asked for. */
  readonly matches: (packet: TracedPacket) => boolean;
  readonly onTrace: (trace: Omit<RuleTrace, 'time' | 'netns' | 'netnsName' | 'backend' | 'type'>) => void;
  /** Milliseconds, rising. */
  readonly now?: () => number;
}

/** A packet that no line came for in this time is through; nft prints a path's lines within a millisecond or so. */
const QUIET_MS = 300;
/** A dropped packet waits this long for the answer that its REJECT rule sends. */
const ANSWER_MS = 80;
/** What more waits than this is let go, oldest first. */
const MOST_BLOCKS = 4096;
const ANSWERS_KEPT = 256;

interface Answer {
  readonly packet: TracedPacket;
  readonly at: number;
}

/** Joins trace lines into one block per packet. */
export class TraceBlocks {
  private readonly options: BlockOptions;
  private readonly now: () => number;
  private readonly open = new Map<string, Block>();
  private answers: Answer[] = [];

  constructor(options: BlockOptions) {
    this.options = options;
    this.now = options.now ?? (() => performance.now());
  }

  add(line: NftTraceLine): void {
    const block = this.blockOf(line);
    block.touched = this.now();
    if (line.kind === 'packet') {
      block.chains.add(chainOf(line));
      block.packet = merged(block.packet, parseTracedPacket(line.text));
      return;
    }
    if (line.kind === 'conntrack' || line.table === this.options.ownTable) return;
    const step = this.options.stepOf(line as NftTraceLine & { kind: 'rule' | 'policy' | 'end' });
    // 6.1 also says that a base chain came to its end, before it names the policy.
    if (step.kind === 'end' && step.verdict === 'continue' && step.hook !== null) return;
    block.steps.push(step);
    if (step.verdict === 'drop') block.dropped = true;
  }

  /** Hands on the packets that are through; all of them when `all`. */
  flush(all = false): void {
    const now = this.now();
    for (const [key, block] of this.open) {
      const quiet = now - block.touched;
      if (all || quiet >= (block.dropped ? ANSWER_MS : QUIET_MS) || this.open.size > MOST_BLOCKS)
        this.close(key, block);
    }
    this.answers = this.answers.filter(({ at }) => now - at < QUIET_MS * 4).slice(-ANSWERS_KEPT);
  }

  private blockOf(line: NftTraceLine): Block {
    const known = this.open.get(line.id);
    const again = line.kind === 'packet' && known?.chains.has(chainOf(line)) === true;
    if (known !== undefined && !again && !known.dropped) return known;
    if (known !== undefined) this.close(line.id, known);
    const now = this.now();
    const block: Block = {
      ...{ id: line.id, started: now, touched: now, packet: undefined },
      ...{ chains: new Set<string>(), steps: [], dropped: false },
    };
    this.open.set(line.id, block);
    return block;
  }

  private close(key: string, block: Block): void {
    this.open.delete(key);
    const { packet, steps, id } = block;
    if (packet === undefined) return;
    if (isAnswer(packet)) this.answers.push({ packet, at: block.started });
    if (!this.options.matches(packet)) return;
    const decidedBy = steps.findLast(step => step.verdict === 'drop') ?? null;
    const rejects = decidedBy !== null && /\breject\b/i.test(decidedBy.text ?? '');
    const reply = rejects ? this.replyOf(packet, decidedBy.text ?? '') : null;
    this.options.onTrace({ id, packet, steps, verdict: verdictOf(steps, rejects), decidedBy, reply });
  }

  private replyOf(packet: TracedPacket, text: string): RuleReply {
    for (const block of this.open.values())
      if (block.packet !== undefined && isAnswer(block.packet))
        this.answers.push({ packet: block.packet, at: block.started });
    const seen = this.answers.find(answer => answersTo(answer.packet, packet))?.packet;
    const kind =
      /with tcp reset/.test(text) || (seen?.tcpFlags !== null && seen !== undefined) ? 'tcp reset' : 'icmp';
    const said = /with icmp(?:v6|x)?(?: type)? ([\w-]+)/.exec(text)?.[1] ?? 'port-unreachable';
    const says = kind === 'icmp' ? `destination-unreachable ${seen?.icmpCode ?? said}` : '';
    return { kind, says, seen: seen !== undefined };
  }
}

function chainOf({ family, table, chain }: NftTraceLine): string {
  return `${family} ${table} ${chain}`;
}

/** Later hooks know the interface that it leaves by; NAT changes addresses, and the first ones are what was asked for. */
function merged(first: TracedPacket | undefined, next: TracedPacket): TracedPacket {
  if (first === undefined) return next;
  return { ...first, iif: first.iif ?? next.iif, oif: next.oif ?? first.oif, mark: next.mark ?? first.mark };
}

const RST = 4;
const UNREACHABLE: ReadonlySet<string> = new Set(['destination-unreachable']);

function isAnswer({ iif, tcpFlags, icmpType }: TracedPacket): boolean {
  if (iif !== null) return false;
  return (tcpFlags !== null && (tcpFlags & RST) !== 0) || UNREACHABLE.has(icmpType ?? '');
}

function answersTo(answer: TracedPacket, packet: TracedPacket): boolean {
  if (answer.dst !== packet.src) return false;
  if (answer.tcpFlags === null) return true;
  return answer.src === packet.dst && answer.sport === packet.dport && answer.dport === packet.sport;
}

const FINAL: Readonly<Record<string, RuleVerdict>> = { drop: 'drop', queue: 'queue', stolen: 'stolen' };

/** The last decision counts; a packet that met none left every chain it came to. */
function verdictOf(steps: readonly RuleStep[], rejects: boolean): RuleVerdict {
  if (rejects) return 'reject';
  const decided = steps.findLast(({ verdict }) => FINAL[verdict] !== undefined);
  return decided === undefined ? 'accept' : FINAL[decided.verdict]!;
}
