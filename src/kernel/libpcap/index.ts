/**
 * kernel/libpcap: pcap-filter(7) by the machine's own libpcap, bound at run time; netwhy works without it.
 *
 * Promises: expressions mean what they mean to tcpdump; an error says where in the text it is; host names are looked up
 * by libpcap, which may ask DNS. Not for use from several threads at once: libpcap's compiler is not made for that.
 */
export { type CompiledFilter, compileFilter } from './compile-filter.ts';
export { compileWithLibpcap } from './compile-with-libpcap.ts';
export { LINK, type LinkName } from './dead-capture.ts';
export { type Libpcap, libpcap } from './library.ts';
