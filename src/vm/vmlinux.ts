import { NetwhyError } from '../base/index.ts';
import { outputOf } from './process.ts';

const SETUP_SECTORS_AT = 0x1f1;
const HEADER_MAGIC_AT = 0x202;
const PAYLOAD_OFFSET_AT = 0x248;
const PAYLOAD_LENGTH_AT = 0x24c;
const SECTOR = 512;

/** How each compression announces itself, and what undoes it. */
const DECOMPRESSORS = [
  { name: 'xz', magic: [0xfd, 0x37, 0x7a, 0x58, 0x5a], command: ['xz', '-dc', '--single-stream'] },
  { name: 'zstd', magic: [0x28, 0xb5, 0x2f, 0xfd], command: ['zstd', '-dcq'] },
  { name: 'gzip', magic: [0x1f, 0x8b], command: ['gzip', '-dc'] },
  { name: 'lz4', magic: [0x02, 0x21, 0x4c, 0x18], command: ['lz4', '-dc'] },
] as const;

/** The compressed kernel inside a bzImage; `size` is what it unpacks to, in bytes. */
export interface Payload {
  readonly compression: string;
  readonly command: readonly string[];
  readonly data: Buffer;
  readonly size: number;
}

/** Finds the payload by the x86 boot protocol (version 2.08 and later). */
export function payloadOf(image: Buffer): Payload {
  if (
    image.length < SECTOR * 2 ||
    image.toString('latin1', HEADER_MAGIC_AT, HEADER_MAGIC_AT + 4) !== 'HdrS'
  ) {
    throw new NetwhyError('not an x86 kernel image: no boot header at byte 0x202');
  }
  const start = ((image[SETUP_SECTORS_AT] || 4) + 1) * SECTOR + image.readUInt32LE(PAYLOAD_OFFSET_AT);
  const end = start + image.readUInt32LE(PAYLOAD_LENGTH_AT);
  if (end > image.length)
    throw new NetwhyError('the kernel image is cut short: its payload ends after the file');
  // The build appends the unpacked size, so that the boot code knows where to put things.
  const data = image.subarray(start, end - 4);
  const found = DECOMPRESSORS.find(({ magic }) => magic.every((byte, i) => data[i] === byte));
  if (!found) throw new NetwhyError(`unknown kernel compression: ${data.toString('hex', 0, 6)}`);
  return { compression: found.name, command: found.command, data, size: image.readUInt32LE(end - 4) };
}

/** The ELF kernel inside a bzImage. */
export async function extractVmlinux(image: Buffer): Promise<Buffer> {
  const { command, compression, data, size } = payloadOf(image);
  const elf = await outputOf(command, { input: data });
  const looksWhole = elf.length === size && elf.toString('latin1', 1, 4) === 'ELF';
  if (!looksWhole)
    throw new NetwhyError(`${compression} gave ${elf.length} bytes where an ELF kernel of ${size} was due`);
  return elf;
}
