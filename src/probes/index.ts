/**
 * probes: the programs that run inside the kernel, one file per probe.
 *
 * Promises: a probe is a function of (BTF, options) to a Blueprint; it is assembled for the running kernel and for
 * just what was asked. Nothing is loaded here. Fields of kernel structures are found by name, never by number.
 * These programs are Apache-2.0 OR GPL-2.0-only and declare "GPL", which the kernel's helpers require.
 */
export { type DropsOptions, type DropsProbe, dropsProbe } from './drops/drops-probe.ts';
export type { AddressRange, DropConditions, NumberMatch } from './drops/matchers.ts';
