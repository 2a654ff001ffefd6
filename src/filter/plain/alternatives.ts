import type { Primitive, Syntax } from './syntax.ts';

type Mergeable = Extract<Primitive, { kind: 'address' | 'ports' }>;

/**
 * What an "or" offers, with values that ask the same question put together: "port 80 or 443 or 8080" looks for the
 * ports once and compares three times.
 */
export function alternativesOf(syntax: Syntax): Syntax[] {
  const merged = new Map<string, Mergeable>();
  const others: Syntax[] = [];
  for (const part of flatten(syntax)) {
    const key = questionOf(part);
    if (key === undefined) others.push(part);
    else merged.set(key, join(merged.get(key), part as Mergeable));
  }
  return [...others, ...merged.values()];
}

/** Left-deep as it was read, of any length. */
function flatten(syntax: Syntax): Syntax[] {
  const parts: Syntax[] = [];
  let rest = syntax;
  for (; rest.kind === 'or'; rest = rest.left) parts.unshift(...flatten(rest.right));
  return [rest, ...parts];
}

/** Undefined for what cannot be put together: with "src and dst" both ends have to be the same one of the values. */
function questionOf(syntax: Syntax): string | undefined {
  if (syntax.kind === 'ports' && syntax.direction !== 'both')
    return `ports ${syntax.direction} ${syntax.protocols.join()}`;
  if (syntax.kind === 'address' && syntax.direction !== 'both')
    return `address ${syntax.direction} ${syntax.carriers.join()}`;
  return undefined;
}

function join(before: Mergeable | undefined, part: Mergeable): Mergeable {
  if (before?.kind === 'ports' && part.kind === 'ports')
    return { ...before, ranges: [...before.ranges, ...part.ranges] };
  if (before?.kind === 'address' && part.kind === 'address')
    return { ...before, networks: [...before.networks, ...part.networks] };
  return part;
}
