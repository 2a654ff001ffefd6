// SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only
import { type Reg, SIZE_OF_BYTES, type SizeName } from '../abi/index.ts';
import type { Assembler } from '../asm/index.ts';
import type { FieldPlace } from '../btf/index.ts';

/**
 * dst = base->field, for a base that the verifier knows by its BTF type: the load is plain, and a bad address
 * reads as zero instead of faulting. Bitfields come out shifted and masked.
 */
export function readField(asm: Assembler, dst: Reg, base: Reg, place: FieldPlace): void {
  if (!place.bit) {
    asm.load(sizeNameOf(place.size), dst, base, place.offset);
    return;
  }
  const { loadSize, loadOffset, shift, width } = place.bit;
  asm.load(sizeNameOf(loadSize), dst, base, loadOffset);
  if (shift > 0) asm.rsh(dst, shift);
  asm.and(dst, 2 ** width - 1);
}

function sizeNameOf(bytes: number): SizeName {
  const name = SIZE_OF_BYTES[bytes];
  if (!name) throw new RangeError(`no load of ${bytes} bytes`);
  return name;
}
