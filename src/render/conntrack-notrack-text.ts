import type { Style } from './style.ts';

/** Commands in one syntax. */
export interface NotrackBlock {
  readonly syntax: string;
  readonly add: readonly string[];
  readonly accept: readonly string[];
  readonly remove: readonly string[];
}

/** Commands to paste: nothing is run by netwhy. `prefix` enters the namespace. */
export function notrackText(
  port: string,
  blocks: readonly NotrackBlock[],
  prefix: string,
  style: Style,
): string {
  const head = [
    style.bold(
      `Do not track ${port}, both directions, IPv4 and IPv6. Printed, not run: choose one of the two.`,
    ),
    style.dim(
      'Untracked traffic gets no NAT and no ctstate ESTABLISHED: rules that wait for that do not let it through.',
    ),
  ];
  const parts = blocks.flatMap(({ syntax, add, accept, remove }) => [
    '',
    style.bold(`# ${syntax}`),
    ...add.map(command => prefix + command),
    style.dim('# beside it, only where your rules let through nothing but ESTABLISHED'),
    ...accept.map(command => style.dim(`# ${prefix}${command}`)),
    style.dim('# to undo'),
    ...remove.map(command => style.dim(`# ${prefix}${command}`)),
  ]);
  return `${[...head, ...parts].join('\n')}\n`;
}
