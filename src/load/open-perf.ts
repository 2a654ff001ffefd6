import { ATTACH_TYPES } from '../abi/index.ts';
import type { AttachSpec } from '../asm/index.ts';
import { isUnavailable, NetwhyError } from '../base/index.ts';
import { tracefs } from '../kernel/index.ts';
import { Attr, bpf, Fd, firstOnlineCpu, ioctl, perfEventOpen, runsAtLeast, settingOf } from '../sys/index.ts';
import { Link } from './link.ts';

const PERF_TYPE_TRACEPOINT = 2;
const PERF_ATTR_BYTES = 72;
const PERF_FLAG_FD_CLOEXEC = 8;
const PERF_EVENT_IOC_ENABLE = 0x2400;
const PERF_EVENT_IOC_SET_BPF = 0x4004_2408;
const KPROBE_PMU = '/sys/bus/event_source/devices/kprobe';

type KprobeSpec = Extract<AttachSpec, { kind: 'kprobe' }>;

/** Programs can be linked to perf events, with a cookie. */
function hasPerfLinks(): boolean {
  return runsAtLeast(5, 15);
}

/** A kprobe or kretprobe of its own, made by perf_event_open and gone with it. 4.17. */
export function openKprobe(programFd: number, spec: KprobeSpec, byLink: boolean = hasPerfLinks()): Link {
  const what = `${spec.return ? 'kretprobe' : 'kprobe'} ${spec.function}`;
  const attr = new Attr(PERF_ATTR_BYTES)
    .u32(0, pmuType())
    .u32(4, PERF_ATTR_BYTES)
    .u64(8, spec.return ? returnBit() : 0);
  if (spec.address === undefined) attr.text(56, spec.function);
  else attr.u64(64, spec.address);
  return openEvent(programFd, attr, what, byLink, spec.cookie);
}

/** A classic trace event, "skb:kfree_skb". Its number is read from tracefs. */
export function openTracepoint(programFd: number, event: string): Link {
  const attr = new Attr(PERF_ATTR_BYTES)
    .u32(0, PERF_TYPE_TRACEPOINT)
    .u32(4, PERF_ATTR_BYTES)
    .u64(8, eventId(event));
  return openEvent(programFd, attr, `tracepoint ${event}`, hasPerfLinks());
}

function openEvent(programFd: number, attr: Attr, what: string, byLink: boolean, cookie?: bigint): Link {
  const event = perfEventOpen(attr.bytes, -1, firstOnlineCpu(), -1, PERF_FLAG_FD_CLOEXEC, what);
  try {
    const link = byLink
      ? linkEvent(programFd, event, what, cookie)
      : bindEvent(programFd, event, what, cookie);
    ioctl(event.fd, PERF_EVENT_IOC_ENABLE, 0);
    return link;
  } catch (error) {
    event.close();
    throw error;
  }
}

/** 5.15: a BPF link over the event, which can carry a cookie. */
function linkEvent(programFd: number, event: Fd, what: string, cookie = 0n): Link {
  const attr = new Attr(48)
    .u32(0, programFd)
    .u32(4, event.fd)
    .u32(8, ATTACH_TYPES.perf_event)
    .u64(16, cookie);
  return new Link(what, [new Fd(bpf('link_create', attr.bytes, what), what), event]);
}

/** Before 5.15: the event itself holds the program. */
function bindEvent(programFd: number, event: Fd, what: string, cookie?: bigint): Link {
  if (cookie !== undefined)
    throw new NetwhyError(`${what}: attach cookies need Linux 5.15`, 'load one program per function instead');
  ioctl(event.fd, PERF_EVENT_IOC_SET_BPF, programFd);
  return new Link(what, [event]);
}

function pmuType(): number {
  const type = settingOf(`${KPROBE_PMU}/type`);
  if (type === undefined)
    throw new NetwhyError('this kernel has no kprobes: it is built without CONFIG_KPROBES');
  return Number(type);
}

/** Which bit of config makes it a kretprobe: format/retprobe says "config:0". */
function returnBit(): number {
  return 2 ** Number(/config:(\d+)/.exec(settingOf(`${KPROBE_PMU}/format/retprobe`) ?? '')?.[1] ?? 0);
}

function eventId(event: string): number {
  const at = tracefs();
  if (isUnavailable(at)) throw new NetwhyError(`trace event ${event}: ${at.what}: ${at.why}`, at.instead);
  const path = `${at.path}/events/${event.replace(':', '/')}/id`;
  const id = settingOf(path);
  if (id !== undefined) return Number(id);
  if (at.readable) throw new NetwhyError(`this kernel has no trace event ${event} (no ${path})`);
  throw new NetwhyError(`trace event ${event}: ${path} is not readable`, 'run as root');
}
