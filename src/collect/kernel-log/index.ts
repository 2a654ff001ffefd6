/**
 * collect/kernel-log: what the kernel writes about packets, typed.
 *
 * Promises: reads beside every other reader and takes nothing from them; a line is a typed event or it is left out;
 * what was overwritten before it could be read is counted, and so is what the kernel itself held back.
 */
export { KernelLog, type LogLine } from './kernel-log.ts';
export { type LogEvent, logEventOf } from './log-event.ts';
export { type LoggedPacket, parseLoggedPacket } from './logged-packet.ts';
