// record.mjs NAME PACKAGE VMLINUX-BTF [MODULE-BTF...]: the reason names of one kernel, as bpftool reads them.
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';

const [name, source, base, ...modules] = process.argv.slice(2);
const ENUMS = new Set([
  'skb_drop_reason',
  'skb_drop_reason_subsys',
  'sk_rst_reason',
  'ovs_drop_reason',
  'mac80211_drop_reason',
  'qdisc_drop_reason',
]);

function enumsOf(args) {
  const text = execFileSync('bpftool', ['-j', 'btf', 'dump', ...args, 'format', 'raw'], {
    maxBuffer: 1 << 30,
    encoding: 'utf8',
  });
  return JSON.parse(text).types.filter(type => type.kind.startsWith('ENUM') && ENUMS.has(type.name));
}

const found = [
  ...enumsOf(['file', base]),
  ...modules.flatMap(module => enumsOf(['-B', base, 'file', module])),
];
const enums = Object.fromEntries(
  found.map(({ name: enumName, values }) => [enumName, Object.fromEntries(values.map(v => [v.name, v.val]))]),
);
const file = new URL(`reasons-${name}.json`, import.meta.url);
writeFileSync(file, `${JSON.stringify({ kernel: name, source, enums }, null, 1)}\n`);
for (const [enumName, values] of Object.entries(enums))
  process.stdout.write(`${enumName}: ${Object.keys(values).length}\n`);
