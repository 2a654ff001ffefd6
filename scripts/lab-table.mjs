// Writes docs/lab.md: scenario × kernel × {cause first, fix cures, healthy silent}, from `lab run --all --json` on the
// running kernel and in the virtual machines, over IPv4 and IPv6. Needs root. With --from FILE… it runs nothing and takes
// what was recorded: later files replace cells of earlier ones.
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const CLI = join(ROOT, 'dist/bin/netwhy.js');
const VM = join(ROOT, 'dist/bin/vm.js');
const LAB = [CLI, 'lab', 'run', '--all', '--json'];
const RUNS = [
  LAB,
  [...LAB, '--ipv6'],
  ...['6.12', '6.1'].flatMap(kernel => {
    const inside = [VM, kernel, '--', process.execPath, ...LAB];
    return [inside, [...inside, '--ipv6']];
  }),
];

function reportsOf(text) {
  const lines = text.split('\n').filter(line => line.startsWith('{"type":"lab"'));
  return lines.map(line => JSON.parse(line));
}

function run(args) {
  const options = { encoding: 'utf8', maxBuffer: 1 << 30, stdio: ['ignore', 'pipe', 'inherit'] };
  return reportsOf(spawnSync(process.execPath, args, options).stdout ?? '');
}

function collected([flag, ...files]) {
  if (flag !== '--from') return RUNS.flatMap(run);
  return files.flatMap(file => reportsOf(readFileSync(file, 'utf8')));
}

/** "6.12.74+deb13-amd64" is Debian's 6.12; the rest is noise for a table. */
const kernelName = ({ kernel, family }) =>
  `${/^\d+\.\d+/.exec(kernel)?.[0] ?? kernel} ${family === 'ipv6' ? 'IPv6' : 'IPv4'}`;

const MARK = { true: '✓', false: '✗', null: '–' };
/** The fix is something to do, not a command: the lab did it. */
const ADVICE = '◦';

function cellOf(report) {
  if (report === undefined) return '';
  const { causeFirst, fixCures, healthySilent, curedBy } = report;
  const fix = curedBy?.startsWith('#') ? ADVICE : MARK[fixCures];
  return [MARK[causeFirst], fix, MARK[healthySilent]].join(' ');
}

/** By scenario, then by kernel and family. */
function tableOf(reports) {
  const rows = new Map();
  for (const report of reports) {
    const row = rows.get(report.id) ?? new Map();
    rows.set(report.id, row.set(kernelName(report), report));
  }
  return rows;
}

function pageOf(reports) {
  const rows = tableOf(reports);
  const kernels = [...new Set(reports.map(kernelName))];
  const head = `| scenario | ${kernels.join(' | ')} |\n|---|${kernels.map(() => '---').join('|')}|`;
  const body = [...rows].map(
    ([id, row]) => `| \`${id}\` | ${kernels.map(kernel => cellOf(row.get(kernel))).join(' | ')} |`,
  );
  return [HEAD, head, ...body, '', sumsOf(rows, kernels), '', ...notesOf(rows, kernels), ''].join('\n');
}

const HEAD = `# The lab, kernel by kernel

Made by \`npm run lab:table\` from \`netwhy lab run --all --json\`. Each cell: the cause was named first · the printed fix
made the traffic pass again · the healthy twin got the verdict healthy. ✓ seen; ✗ not so; ◦ what is printed is advice
(start the service, mend the program), which the lab followed, and the traffic passed again; – does not apply (see the
notes); empty: the cause does not exist for that family, or was not tried.
`;

function sumsOf(rows, kernels) {
  const whole = kernel => [...rows.values()].filter(row => row.get(kernel)?.causeFirst === true).length;
  return `Cause first: ${kernels.map(kernel => `${kernel} ${whole(kernel)}`).join(', ')}; of ${rows.size} scenarios.`;
}

function notesOf(rows, kernels) {
  const notes = [...rows].flatMap(([id, row]) =>
    kernels.flatMap(kernel => {
      const reason = row.get(kernel)?.reason;
      return reason ? [`- \`${id}\`, ${kernel}: ${reason.split('\n')[0]}`] : [];
    }),
  );
  return notes.length === 0 ? [] : ['## Notes', '', ...notes];
}

const reports = collected(process.argv.slice(2));
if (reports.length === 0) throw new Error('no report was made');
writeFileSync(join(ROOT, 'docs/lab.md'), pageOf(reports));
