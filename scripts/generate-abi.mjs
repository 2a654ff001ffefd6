// npm run abi: writes src/abi/bpf.gen.ts from the running kernel's BTF (/sys/kernel/btf/vmlinux, no root needed).
// The numbers are ABI: what an older kernel lacks stays in the file, and a number that differs is an error.
import { readFileSync, writeFileSync } from 'node:fs';
import { release } from 'node:os';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const FILE = new URL('../src/abi/bpf.gen.ts', import.meta.url);
const TABLES = [
  { table: 'HELPERS', type: 'HelperName', enum: 'bpf_func_id', prefix: 'BPF_FUNC_' },
  { table: 'MAP_TYPES', type: 'MapTypeName', enum: 'bpf_map_type', prefix: 'BPF_MAP_TYPE_' },
  { table: 'PROG_TYPES', type: 'ProgTypeName', enum: 'bpf_prog_type', prefix: 'BPF_PROG_TYPE_' },
  { table: 'ATTACH_TYPES', type: 'AttachTypeName', enum: 'bpf_attach_type', prefix: 'BPF_' },
  { table: 'COMMANDS', type: 'CommandName', enum: 'bpf_cmd', prefix: 'BPF_' },
];
const HEADER = `// Written by \`npm run abi\` from the BTF of running kernels; numbers are fixed ABI (include/uapi/linux/bpf.h).
// Checked by src/abi/abi.live.test.ts. Do not edit.
`;

async function readBtf() {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL('../src/btf/index.ts', import.meta.url))],
    bundle: true,
    write: false,
    format: 'esm',
  });
  const { Btf } = await import(
    `data:text/javascript;base64,${Buffer.from(outputFiles[0].text).toString('base64')}`
  );
  return Btf.parse(readFileSync('/sys/kernel/btf/vmlinux'));
}

/** Lower-case names without prefix; without the "unspec" that stands for nothing and the counts at the end. */
function namedBy(btf, { enum: name, prefix }) {
  const entries = btf.enumOf(name).values.filter(value => !/^_|MAX_|_MAX$/.test(value.name));
  const named = entries.map(({ name, value }) => [name.slice(prefix.length).toLowerCase(), Number(value)]);
  return new Map(named.filter(([name]) => name !== 'unspec'));
}

function writtenIn(text, { table }) {
  const body = text.split(`export const ${table} = {`)[1]?.split('}')[0] ?? '';
  return new Map([...body.matchAll(/(\w+): (\d+),/g)].map(([, name, number]) => [name, Number(number)]));
}

function merged(row, kernel, file) {
  for (const [name, number] of kernel)
    if (file.has(name) && file.get(name) !== number)
      throw new Error(`${row.table}.${name} is ${file.get(name)} in the file and ${number} in this kernel`);
  return [...new Map([...file, ...kernel])]
    .filter(([name]) => name !== 'unspec')
    .sort(([, a], [, b]) => a - b);
}

function textOf({ table, type }, entries) {
  const lines = entries.map(([name, number]) => `  ${name}: ${number},\n`).join('');
  return `\nexport const ${table} = {\n${lines}} as const;\nexport type ${type} = keyof typeof ${table};\n`;
}

const btf = await readBtf();
const before = readFileSync(FILE, 'utf8');
const tables = TABLES.map(row => textOf(row, merged(row, namedBy(btf, row), writtenIn(before, row))));
const after = HEADER + tables.join('');
writeFileSync(FILE, after);
console.log(`${after === before ? 'unchanged' : 'written'}: ${fileURLToPath(FILE)} (kernel ${release()})`);
