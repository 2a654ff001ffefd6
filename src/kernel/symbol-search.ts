import { endOfName } from './kallsyms-text.ts';
import type { SymbolTable } from './symbol-table.ts';

const FNV_OFFSET = 0x811c9dc5;
const FNV_PRIME = 0x01000193;

/**
 * Addresses of each wanted name, in rising order; a name the kernel does not have is absent.
 * A static function may have several addresses. One pass over all names, comparing hashes, not strings.
 */
export function addressesOf(table: SymbolTable, names: Iterable<string>): Map<string, bigint[]> {
  const wanted = byHash(names);
  const found = new Map<string, bigint[]>();
  if (wanted.size === 0) return found;
  for (let i = 0; i < table.count; i++) {
    const candidates = wanted.get(hashAt(table.nameBytes, table.nameStart(i)));
    if (candidates === undefined) continue;
    const name = table.nameOf(i);
    if (candidates.includes(name)) append(found, name, table.addressOf(i));
  }
  return found;
}

function append(found: Map<string, bigint[]>, name: string, address: bigint): void {
  const list = found.get(name);
  if (list === undefined) found.set(name, [address]);
  else list.push(address);
}

function byHash(names: Iterable<string>): Map<number, string[]> {
  const wanted = new Map<number, string[]>();
  for (const name of new Set(names)) {
    const hash = hashAt(Buffer.from(name, 'latin1'), 0);
    wanted.set(hash, [...(wanted.get(hash) ?? []), name]);
  }
  return wanted;
}

function hashAt(bytes: Uint8Array, start: number): number {
  const end = endOfName(bytes, start);
  let hash = FNV_OFFSET;
  for (let i = start; i < end; i++) hash = Math.imul(hash ^ bytes[i]!, FNV_PRIME);
  return hash;
}
