/**
 * kernel: what this machine's /proc, /sys and tracefs say, as typed values.
 *
 * Promises: reads only, unless a function's name says otherwise; nothing is read before it is asked for;
 * what the user may not see or the kernel does not have is an Unavailable value that says why and what to do,
 * never an exception. Names (symbols, namespaces, interfaces) are learned while running and cached.
 */
export { Clock, type ClockOptions, timeText } from './clock.ts';
export { InterfaceNames } from './interface-names.ts';
export { Kallsyms, type KallsymsOptions } from './kallsyms.ts';
export type { Netns } from './netns.ts';
export { inodeAt, NetnsNames, type NetnsNamesOptions } from './netns-names.ts';
export { netnsInodeOf } from './netns-processes.ts';
export { namesIn, readBytes, readText, readTrimmed } from './read-file.ts';
export { resolveNetns } from './resolve-netns.ts';
export type { KernelSymbol } from './symbol-table.ts';
