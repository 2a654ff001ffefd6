import { existsSync } from 'node:fs';
import { namesIn, readText } from './read-file.ts';
import { runTool } from './run-tool.ts';
import { sysctl } from './sysctl.ts';
import { toolPath } from './tool-packages.ts';

/** A module, by what only it brings. */
export interface ModuleRow {
  /** "xt_LOG". */
  readonly name: string;
  /** What the kernel says to modprobe when it wants it: "ipt_LOG"; the name itself where it asks by that. */
  readonly alias: string;
  /** A function of it: in the list of symbols whether it is built in or loaded. */
  readonly symbol: string;
}

/** Whether a module's code is in the kernel or would come when it is asked for. */
export type ModulePresence =
  | { readonly is: 'built in' | 'loaded' | 'loadable' }
  /** `by`: "install xt_LOG /bin/false in /etc/modprobe.d/local.conf". */
  | { readonly is: 'blocked'; readonly by: string }
  | { readonly is: 'missing' }
  /** Neither modprobe nor the list of symbols can tell. */
  | { readonly is: 'unknown' };

/** Looks without loading anything. `hasSymbol` answers for /proc/kallsyms; undefined when it may not be read. */
export function modulePresence(
  row: ModuleRow,
  hasSymbol: (name: string) => boolean | undefined,
): ModulePresence {
  const at = `/sys/module/${row.name}`;
  const symbol = hasSymbol(row.symbol);
  if (existsSync(`${at}/initstate`)) return { is: 'loaded' };
  if (existsSync(at) || symbol === true) return { is: 'built in' };
  const presence = loadablePresence(row);
  return presence.is === 'missing' && symbol === undefined ? { is: 'unknown' } : presence;
}

function loadablePresence(row: ModuleRow): ModulePresence {
  if (sysctl('kernel.modules_disabled') === '1')
    return { is: 'blocked', by: 'kernel.modules_disabled=1, until the next boot' };
  const modprobe = toolPath('modprobe');
  if (modprobe === undefined) return { is: 'missing' };
  const { code, stdout } = runTool(modprobe, ['--show-depends', row.alias]);
  const found = code === 0 ? parseShowDepends(stdout) : 'missing';
  return found === 'blocked' ? { is: 'blocked', by: blockerOf(row) } : { is: found };
}

/**
 * `modprobe --show-depends NAME`: what it would insert, the module itself last. Nothing at all is what a blacklisted
 * alias prints; "install COMMAND" is somebody's command in place of the module.
 */
export function parseShowDepends(text: string): 'built in' | 'loadable' | 'blocked' {
  const last = text.trim().split('\n').at(-1) ?? '';
  if (last.startsWith('builtin ')) return 'built in';
  return last.startsWith('insmod ') ? 'loadable' : 'blocked';
}

const CONFIGURATION = ['/etc', '/run', '/usr/local/lib', '/usr/lib', '/lib'].map(
  root => `${root}/modprobe.d`,
);

function blockerOf({ name }: ModuleRow): string {
  for (const directory of CONFIGURATION)
    for (const file of namesIn(directory).filter(one => one.endsWith('.conf'))) {
      const line = blockingLine(readText(`${directory}/${file}`) ?? '', name);
      if (line !== undefined) return `"${line.trim()}" in ${directory}/${file}`;
    }
  return 'modprobe’s configuration (modprobe --showconfig)';
}

/** The line of a modprobe.d file that keeps the module out; - and _ are alike in names. */
export function blockingLine(text: string, name: string): string | undefined {
  const plain = (word: string): string => word.replaceAll('-', '_');
  return text.split('\n').find(line => {
    const [what, whom] = line.trim().split(/\s+/);
    return (what === 'blacklist' || what === 'install') && whom !== undefined && plain(whom) === plain(name);
  });
}
