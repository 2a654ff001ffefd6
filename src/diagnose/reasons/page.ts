import type { ReasonEntry, ReasonTable } from './entry.ts';
import { DROP_REASONS, RESET_REASONS, SUBSYSTEM_REASONS } from './table.ts';

const CHAPTERS: readonly { readonly title: string; readonly table: ReasonTable }[] = [
  { title: 'Drop reasons', table: DROP_REASONS },
  { title: 'Open vSwitch', table: SUBSYSTEM_REASONS.openvswitch },
  { title: 'Queueing disciplines (7.x)', table: SUBSYSTEM_REASONS.qdisc },
  { title: 'Wi-Fi', table: SUBSYSTEM_REASONS.mac80211_unusable },
  { title: 'Wi-Fi, frames only monitors see (6.4 to 6.12)', table: SUBSYSTEM_REASONS.mac80211_monitor },
  { title: 'Reset reasons', table: RESET_REASONS },
];

const OPENING = `# Drop and reset reasons

Every reason the kernel can give, from 5.17 to 7.x: what it means, what usually causes it, what to do.
\`netwhy reasons\` prints those of the running kernel. This page is made from the tables in \`src/diagnose/reasons\`;
\`npx vitest run --project unit src/diagnose -u\` writes it anew.

The numbers behind the names change between kernels, also between stable releases: only names count.
*Benign* says whether \`netwhy drops\` hides it: *always*, or *usually* (where the function or the packet shows that
nothing is lost). *Since* is the first mainline release; stable and vendor kernels may have it earlier.
`;

/** docs/reasons.md. */
export function reasonsPage(): string {
  return [OPENING, ...CHAPTERS.map(({ title, table }) => chapter(title, table))].join('\n');
}

function chapter(title: string, table: ReasonTable): string {
  const entries = Object.values(table).sort((a, b) => (a.name < b.name ? -1 : 1));
  return `## ${title}\n\n${entries.map(section).join('\n')}`;
}

function section({ name, meaning, cause, remedy, benign, where, since, see }: ReasonEntry): string {
  const facts = [
    where === undefined ? '' : `where: ${where}`,
    benign === 'no' ? '' : `benign: ${benign}`,
    since === undefined ? '' : `since: ${since}`,
    `see: ${see.join(', ')}`,
  ];
  return `### ${name}\n\n${meaning}\n\n- cause: ${cause}\n- do: ${remedy}\n${facts
    .filter(fact => fact !== '')
    .map(fact => `- ${fact}\n`)
    .join('')}`;
}
