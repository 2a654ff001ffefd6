/**
 * kernel: what this machine's /proc, /sys and tracefs say, as typed values.
 *
 * Promises: reads only, unless a function's name says otherwise; nothing is read before it is asked for;
 * what the user may not see or the kernel does not have is an Unavailable value that says why and what to do,
 * never an exception. Names (symbols, namespaces, interfaces) are learned while running and cached.
 */
export { Clock, type ClockOptions, timeText } from './clock.ts';
export { type ConntrackTable, columnSum, conntrackTable } from './conntrack-table.ts';
export { type Distribution, type DistributionFamily, distribution } from './distribution.ts';
export { DropReasons, type KernelReason, resetReasonsOf } from './drop-reasons.ts';
export { InterfaceNames } from './interface-names.ts';
export { backendOf, type IptablesBackend, legacyTables } from './iptables.ts';
export { Kallsyms, type KallsymsOptions } from './kallsyms.ts';
export { type Leftover, leftovers, removeLeftover } from './leftovers.ts';
export {
  type CompiledFilter,
  compileFilter,
  compileWithLibpcap,
  LINK,
  type Libpcap,
  type LinkName,
  libpcap,
} from './libpcap/index.ts';
export { type LockdownMode, lockdown } from './lockdown.ts';
export { type ModulePresence, type ModuleRow, modulePresence } from './modules.ts';
export type { Netns } from './netns.ts';
export { inodeAt, NetnsNames, type NetnsNamesOptions } from './netns-names.ts';
export { hostNetns, netnsInodeOf } from './netns-processes.ts';
export { type NfLogBinding, nfLogBindings } from './nf-log.ts';
export { nftTables, parseNftTables } from './nft-tables.ts';
export { processIsAlive } from './process-alive.ts';
export { namesIn, readBytes, readText, readTrimmed } from './read-file.ts';
export { resolveNetns } from './resolve-netns.ts';
export { runTool, type ToolResult } from './run-tool.ts';
export { moduleBtf, modulesWithBtf, RunningBtf, runningBtf } from './running-btf.ts';
export type { KernelSymbol } from './symbol-table.ts';
export { sysctl, sysctlNumber, sysctlPath } from './sysctl.ts';
export { installCommand, missingTool, requireTool, TOOLS, type ToolName, toolPath } from './tool-packages.ts';
export {
  availableTracers,
  listsFilterFunctions,
  type Tracefs,
  tracefs,
  traceInstances,
} from './tracefs.ts';
export { kernelVersion } from './version.ts';
