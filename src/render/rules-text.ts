import type { RuleStep, RulesEnd, RuleTrace, RuleVerdict, TracedPacket } from '../events/index.ts';
import { tcpFlagsText } from '../packet/index.ts';
import { padTo, type Style } from './style.ts';

const INDENT = '  ';
const WIDTH = { hook: 16, chain: 28 } as const;

const COLOURS: Readonly<Record<RuleVerdict, (style: Style) => (text: string) => string>> = {
  accept: style => style.good,
  drop: style => style.bad,
  reject: style => style.bad,
  queue: style => style.warn,
  stolen: style => style.warn,
  unknown: style => style.warn,
};

/** One packet: what it is, each rule that it met with hook and priority, and what became of it. */
export function ruleBlock(trace: RuleTrace, style: Style): string {
  const { time, netnsName, packet, steps } = trace;
  const head = `${style.dim(time.slice(11, 23))} ${style.name(netnsName)}  ${style.bold(packetText(packet))}`;
  const lines = steps.map(step => stepLine(step, style));
  return [head, ...lines, endLine(trace, style), ''].join('\n').concat('\n');
}

function packetText(packet: TracedPacket): string {
  const { protocol, iif, oif, tcpFlags, icmpType, icmpCode, length, ttl, mark } = packet;
  const details = [
    endsText(packet),
    protocol ?? '',
    tcpFlags === null ? '' : tcpFlagsText(tcpFlags & 255),
    icmpType === null ? '' : icmpType.startsWith('echo') ? icmpType : `${icmpType} ${icmpCode ?? ''}`.trim(),
    ttl === null ? '' : `ttl ${ttl}`,
    length === null ? '' : `len ${length}`,
    mark === null || mark === 0 ? '' : `mark 0x${mark.toString(16)}`,
    iif === null ? '' : `in ${iif}`,
    oif === null ? '' : `out ${oif}`,
  ];
  return details.filter(word => word !== '').join(' ');
}

function endsText({ family, src, dst, sport, dport, macSrc, macDst }: TracedPacket): string {
  if (src === null || dst === null) return `${macSrc ?? '?'} > ${macDst ?? '?'}`;
  if (sport === null || dport === null) return `${src} > ${dst}`;
  return family === 'ipv6' ? `[${src}]:${sport} > [${dst}]:${dport}` : `${src}:${sport} > ${dst}:${dport}`;
}

function stepLine(step: RuleStep, style: Style): string {
  const { family, table, chain, hook, priority, kind, verdict } = step;
  const where = hook === null ? '' : `${hook} ${priority ?? ''}`;
  const decided = verdict === 'drop' ? style.bad(verdict) : style.dim(verdict);
  const words = kind === 'rule' ? ruleText(step) : kind === 'policy' ? 'policy' : 'end of chain';
  const cells = [style.dim(padTo(where, WIDTH.hook)), padTo(`${family} ${table} ${chain}`, WIDTH.chain)];
  return `${INDENT}${cells.join(' ')} ${words} ${style.dim('→')} ${decided}`;
}

/** In iptables' words where iptables made it: that is what the user will look for. */
function ruleText({ text, iptables, handle, number }: RuleStep): string {
  const words = iptables ?? text ?? 'a rule that is gone';
  if (handle !== null) return `${words} (handle ${handle})`;
  return number === null || iptables !== null ? words : `${words} (rule ${number})`;
}

function endLine({ verdict, decidedBy, reply, steps }: RuleTrace, style: Style): string {
  const word = COLOURS[verdict](style)(WORDS[verdict]);
  if (decidedBy === null) {
    const met = steps.length === 0 ? ': no rule set of this namespace had anything to say' : '';
    return `${INDENT}${style.bold('=>')} ${word}${met}`;
  }
  const { family, table, chain } = decidedBy;
  const where = `${family} ${table} ${chain}`;
  const what =
    decidedBy.kind === 'policy' ? `by the policy of ${where}` : `by ${where}: ${ruleText(decidedBy)}`;
  return `${INDENT}${style.bold('=>')} ${word} ${what}${reply === null ? '' : `; ${replyText(reply)}`}`;
}

const WORDS: Readonly<Record<RuleVerdict, string>> = {
  accept: 'passed',
  drop: 'dropped',
  reject: 'rejected',
  queue: 'queued to a program',
  stolen: 'taken by a rule',
  unknown: 'not known',
};

function replyText({ kind, says, seen }: NonNullable<RuleTrace['reply']>): string {
  const what = kind === 'tcp reset' ? 'a TCP reset' : `ICMP ${says}`;
  return seen ? `${what} was sent back` : `it says that ${what} goes back`;
}

/** One JSON object, on one line. */
export function ruleJson(trace: RuleTrace | RulesEnd): string {
  return `${JSON.stringify(trace)}\n`;
}

const MOST_MOVED = 10;

/** The account at the end of a run, for a person. */
export function rulesSummary(end: RulesEnd, style: Style): string {
  const { events, verdicts, seconds, lost, moved, missing } = end;
  const parts = Object.entries(verdicts).map(
    ([verdict, count]) => `${count} ${WORDS[verdict as RuleVerdict]}`,
  );
  const counts = parts.length === 0 ? '' : `: ${parts.join(', ')}`;
  const packets = style.bold(`${events} ${events === 1 ? 'packet' : 'packets'}`);
  const loss = lost > 0 ? style.warn(`; ${lost} times more came than could be read: steps are missing`) : '';
  const head = `netwhy: ${packets} in ${seconds.toFixed(1)} s${counts}${loss}\n`;
  const shown = moved
    .slice(0, MOST_MOVED)
    .map(
      ({ netnsName, family, table, chain, text, packets: count }) =>
        `${INDENT}${String(count).padStart(8)}  ${netnsName}  ${family} ${table} ${chain}: ${text}\n`,
    );
  const title = shown.length === 0 ? '' : `${INDENT}rules that counted meanwhile (all packets):\n`;
  const absent = missing.map(({ what, why, instead }) => `${INDENT}not seen: ${what}: ${why}; ${instead}\n`);
  return [head, title, ...shown, ...absent].join('');
}
