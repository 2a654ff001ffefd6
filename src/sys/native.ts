import { createRequire } from 'node:module';
import type * as Koffi from 'koffi';
import { NetwhyError } from '../base/index.ts';

type Word = number | bigint;

/** The few libc functions that everything here is made of. -1 (or all ones) means failure: ask `errno` at once. */
export interface Native {
  readonly koffi: typeof Koffi;
  syscall(number: number, a: Word, b: Word, c: Word, d: Word, e: Word, f: Word): number;
  mmap(at: Word, length: number, prot: number, flags: number, fd: number, offset: Word): Word;
  munmap(at: Word, length: number): number;
  errno(): number;
}

let loaded: Native | undefined;

/** libc through koffi; loaded at the first use, so that programs which never call the kernel do not pay for it. */
export function native(): Native {
  loaded ??= bind(loadKoffi());
  return loaded;
}

export function loadKoffi(): typeof Koffi {
  try {
    return createRequire(import.meta.url)('koffi') as typeof Koffi;
  } catch (cause) {
    const why = cause instanceof Error ? cause.message.split('\n')[0] : String(cause);
    throw new NetwhyError(
      `koffi does not load on ${process.platform} ${process.arch}: ${why}`,
      'install netwhy again with optional dependencies (npm ci, without --omit=optional)',
    );
  }
}

function bind(koffi: typeof Koffi): Native {
  const libc = koffi.load(null);
  const word = 'int64_t';
  return {
    koffi,
    syscall: libc.func('syscall', word, Array<string>(7).fill(word)),
    mmap: libc.func('mmap', 'uintptr_t', ['uintptr_t', 'size_t', 'int', 'int', 'int', 'int64_t']),
    munmap: libc.func('munmap', 'int', ['uintptr_t', 'size_t']),
    errno: () => koffi.errno(),
  };
}
