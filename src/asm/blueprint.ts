import type { MapTypeName, ProgTypeName } from '../abi/index.ts';
import type { Program } from './program.ts';

/** A map to be made. Sizes in bytes; `maxEntries` of a ring buffer is its size in bytes (a power of two, pages). */
export interface MapSpec {
  readonly name: string;
  readonly type: MapTypeName;
  readonly keySize: number;
  readonly valueSize: number;
  readonly maxEntries: number;
  readonly flags?: number;
}

/** Where a program runs. A table row per kind lives in the load room. */
export type AttachSpec =
  | { readonly kind: 'raw-tracepoint'; readonly tracepoint: string }
  /** BTF-typed arguments: pointers can be followed by plain loads. 5.5. */
  | { readonly kind: 'tp-btf'; readonly tracepoint: string }
  | {
      readonly kind: 'kprobe';
      readonly function: string;
      /** Where to attach when the name is not unique; the name is then only shown. */
      readonly address?: bigint;
      readonly return?: boolean;
      readonly cookie?: bigint;
    }
  /** 5.18, CONFIG_FPROBE. */
  | {
      readonly kind: 'kprobe-multi';
      readonly functions: readonly string[];
      /** Attaches here instead of by name: quicker, and works where names are not unique. */
      readonly addresses?: readonly bigint[];
      readonly cookies?: readonly bigint[];
      readonly return?: boolean;
    }
  | { readonly kind: 'fentry'; readonly function: string; readonly module?: string }
  | { readonly kind: 'fexit'; readonly function: string; readonly module?: string }
  /** A classic trace event, "skb:kfree_skb". */
  | { readonly kind: 'tracepoint'; readonly event: string }
  /** Loaded, not attached: run by BPF_PROG_TEST_RUN, attached by hand, tail-called. */
  | { readonly kind: 'none'; readonly type: ProgTypeName };

export interface ProgramSpec {
  readonly name: string;
  readonly attach: AttachSpec;
  readonly code: Program;
  /** "GPL" for everything that reads kernel memory or asks for stacks: the helpers require it. */
  readonly license: string;
}

/** Everything needed to load a set of programs, and nothing that is loaded yet: plain data, printable, comparable. */
export interface Blueprint {
  readonly maps: readonly MapSpec[];
  readonly programs: readonly ProgramSpec[];
}
