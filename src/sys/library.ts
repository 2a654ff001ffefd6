import type { LibraryHandle } from 'koffi';
import { loadKoffi } from './native.ts';

export type { LibraryHandle } from 'koffi';

/** The first of these shared libraries that the dynamic linker finds ("libpcap.so.0.8"); undefined when none is. */
export function dlopen(names: readonly string[]): LibraryHandle | undefined {
  const koffi = loadKoffi();
  for (const name of names) {
    try {
      return koffi.load(name);
    } catch {
      // Not installed under this name: the next one may be.
    }
  }
  return undefined;
}
