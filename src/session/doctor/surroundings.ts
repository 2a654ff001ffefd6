import {
  installCommand,
  type Leftover,
  leftovers,
  libpcap,
  missingTool,
  type Netns,
  TOOLS,
  type ToolName,
  toolPath,
} from '../../kernel/index.ts';
import type { Check } from '../../render/index.ts';
import { missingCapabilities } from '../../sys/index.ts';
import { wayToMore } from './permission.ts';

/** Asked of each machine; the other rows of TOOLS are needed only where rules of their kind are found. */
const WANTED: readonly Exclude<ToolName, 'libpcap'>[] = ['ip', 'ss', 'tc', 'nft', 'conntrack', 'ethtool'];
const SHOWN = 6;

/** What lies around the kernel: libraries, tools, namespaces, and what earlier runs left. */
export function surroundingChecks(namespaces: readonly Netns[]): Check[] {
  return [libpcapCheck(), toolsCheck(), namespacesCheck(namespaces), leftoversCheck()];
}

function libpcapCheck(): Check {
  const row = { id: 'libpcap', title: 'libpcap', needed: false };
  const version = libpcap()?.version;
  if (version !== undefined)
    return { ...row, ok: 'yes', found: version.replace(/^libpcap version /, '').replace(/ \(.*/, '') };
  return {
    ...row,
    ok: 'degraded',
    found: missingTool('libpcap').why,
    costs: 'filters know host, net, port, portrange and proto with and, or, not; nothing else',
    do: installCommand(['libpcap']),
  };
}

function toolsCheck(): Check {
  const row = { id: 'tools', title: 'tools', needed: false };
  const missing = WANTED.filter(tool => toolPath(tool) === undefined);
  if (missing.length === 0) return { ...row, ok: 'yes', found: WANTED.join(', ') };
  return {
    ...row,
    ok: 'degraded',
    found: `not installed: ${missing.join(', ')}`,
    costs: missing.map(tool => TOOLS[tool].serves).join('; '),
    do: installCommand(missing),
  };
}

function namespacesCheck(namespaces: readonly Netns[]): Check {
  const row = { id: 'namespaces', title: 'namespaces', needed: false };
  const names = namespaces.map(netns => netns.name);
  const found = `${names.length} network: ${names.slice(0, SHOWN).join(', ')}${names.length > SHOWN ? ', …' : ''}`;
  const missing = missingCapabilities(['CAP_SYS_ADMIN', 'CAP_SYS_PTRACE']);
  if (missing.length === 0) return { ...row, ok: 'yes', found };
  return {
    ...row,
    ok: 'degraded',
    found: `${found}; this user sees no others`,
    costs: 'namespaces and interfaces outside these show as numbers',
    do: wayToMore(missing),
  };
}

const TRACING = 'their runs have ended; the TRACE rules go on filling the kernel log';

function leftoversCheck(): Check {
  const row = { id: 'leftovers', title: 'leftovers', needed: false };
  const found = leftovers();
  if (found.length === 0) return { ...row, ok: 'yes', found: 'none of earlier runs' };
  return {
    ...row,
    ok: 'degraded',
    found: found.slice(0, SHOWN).map(leftoverText).join(', ') + (found.length > SHOWN ? ', …' : ''),
    costs: found.some(({ kind }) => kind === 'TRACE rule')
      ? TRACING
      : 'nothing but room: their runs have ended',
    do: 'netwhy doctor --clean',
  };
}

/** "network namespace nw1234a", "nft table inet netwhy-1234 in namespace blue". */
export function leftoverText({ kind, name, netns }: Leftover): string {
  return `${kind} ${name}${netns === undefined ? '' : ` in namespace ${netns.name}`}`;
}
