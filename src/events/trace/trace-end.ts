/** A function that was asked for and could not be probed. */
export interface Unprobeable {
  readonly function: string;
  readonly module: string | null;
  /** "not in available_filter_functions", "blacklisted", "name is not unique", "attach failed: EINVAL" … */
  readonly why: string;
}

/** Records of one probe that found the buffer full. */
export interface LostByProbe {
  readonly function: string;
  readonly lost: number;
}

/** An interface with an XDP program: what that drops, redirects or sends back is never an sk_buff, and not seen. */
export interface XdpDevice {
  readonly ifname: string;
  readonly netns: number;
  readonly netnsName: string | null;
  /** "drv", "skb" or "hw". */
  readonly mode: string;
}

/** Last object of a run of `netwhy trace`. */
export interface TraceEnd {
  readonly type: 'end';
  readonly time: string;
  /** Packets followed. */
  readonly trails: number;
  readonly hops: number;
  /** Records that found the buffer full, all probes together. */
  readonly lost: number;
  readonly lostByProbe: readonly LostByProbe[];
  /** Packets that matched while the table of followed packets was full: never followed. */
  readonly notFollowed: number;
  /** Packets whose place in that table was taken back while they were still there, oldest first. */
  readonly evicted: number;
  /** Runs of probe programs that the kernel skipped because the program was already running on that CPU. */
  readonly recursionMisses: number;
  readonly probes: {
    readonly functions: number;
    readonly tracepoints: number;
    readonly returns: number;
    /** Of the table of stages, not in this kernel or its loaded modules. */
    readonly absent: number;
    readonly unprobeable: readonly Unprobeable[];
  };
  /** How functions were attached: `none` is tracepoints only. */
  readonly attach: 'kprobe-multi' | 'kprobe-events' | 'none';
  /** In this and the named namespaces, when the run ended. */
  readonly xdp: readonly XdpDevice[];
  readonly why: 'stopped' | 'duration' | 'limit' | 'pipe closed';
  /** Seconds between attach and detach. */
  readonly seconds: number;
}
