import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { Btf } from '../btf/index.ts';
import * as abi from './index.ts';

const btf = Btf.parse(readFileSync('/sys/kernel/btf/vmlinux'));

type Table = Readonly<Record<string, number>>;

const GENERATED: readonly (readonly [enumName: string, prefix: string, table: Table, atLeast: number])[] = [
  ['bpf_func_id', 'BPF_FUNC_', abi.HELPERS, 150],
  ['bpf_map_type', 'BPF_MAP_TYPE_', abi.MAP_TYPES, 25],
  ['bpf_prog_type', 'BPF_PROG_TYPE_', abi.PROG_TYPES, 30],
  ['bpf_attach_type', 'BPF_', abi.ATTACH_TYPES, 35],
  ['bpf_cmd', 'BPF_', abi.COMMANDS, 35],
];

const isEntry = (name: string): boolean => !/^_|MAX_|_MAX$|UNSPEC$|_unspec$/.test(name);

test.each(GENERATED)('%s of this kernel has the numbers of the table', (enumName, prefix, table, atLeast) => {
  const values = btf.enumOf(enumName).values.filter(({ name }) => isEntry(name));
  const known = values
    .map(({ name, value }) => [name.slice(prefix.length).toLowerCase(), Number(value)] as const)
    .filter(([name]) => name in table);
  expect(Object.fromEntries(known)).toEqual(Object.fromEntries(known.map(([name]) => [name, table[name]])));
  expect(known.length).toBeGreaterThanOrEqual(atLeast);
});

test.each(GENERATED)(
  '%s: what the kernel has and the table lacks is newer than the table',
  (enumName, prefix, table) => {
    const highest = Math.max(...Object.values(table));
    const missing = btf
      .enumOf(enumName)
      .values.filter(({ name }) => isEntry(name) && !(name.slice(prefix.length).toLowerCase() in table));
    expect(missing.filter(({ value }) => Number(value) <= highest)).toEqual([]);
  },
);
