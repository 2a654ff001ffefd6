import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { extractVmlinux, payloadOf } from './vmlinux.ts';

const SETUP_SECTORS = 3;
const PAYLOAD_AT = 64;

/** A boot image as the x86 boot protocol lays it out, with our payload in it. */
function imageOf(payload: Buffer, unpackedSize: number): Buffer {
  const start = (SETUP_SECTORS + 1) * 512;
  const size = Buffer.alloc(4);
  size.writeUInt32LE(unpackedSize);
  const image = Buffer.concat([Buffer.alloc(start + PAYLOAD_AT), payload, size, Buffer.alloc(100, 0xaa)]);
  image[0x1f1] = SETUP_SECTORS;
  image.write('HdrS', 0x202, 'latin1');
  image.writeUInt32LE(PAYLOAD_AT, 0x248);
  image.writeUInt32LE(payload.length + 4, 0x24c);
  return image;
}

const ELF = Buffer.concat([Buffer.from('\x7fELF'), Buffer.alloc(100_000, 7)]);

describe('extractVmlinux', () => {
  it('unpacks the payload and nothing behind it', async () => {
    expect((await extractVmlinux(imageOf(gzipSync(ELF), ELF.length))).equals(ELF)).toBe(true);
  });

  it('notices that what came out is not the kernel that went in', async () => {
    const image = imageOf(gzipSync(ELF), ELF.length + 1);
    await expect(extractVmlinux(image)).rejects.toThrow(`an ELF kernel of ${ELF.length + 1} was due`);
  });

  it('passes on what the tool says about broken data', async () => {
    const broken = gzipSync(ELF);
    broken.fill(0xff, 10, 60);
    await expect(extractVmlinux(imageOf(broken, ELF.length))).rejects.toThrow('gzip');
  });
});

describe('payloadOf', () => {
  it.each([
    ['xz', [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0]],
    ['zstd', [0x28, 0xb5, 0x2f, 0xfd]],
    ['lz4', [0x02, 0x21, 0x4c, 0x18]],
  ])('knows %s', (name, magic) => {
    expect(payloadOf(imageOf(Buffer.from(magic), 1)).compression).toBe(name);
  });

  it('refuses other files, unknown compressions and images cut short', () => {
    expect(() => payloadOf(Buffer.alloc(4096))).toThrow('no boot header');
    expect(() => payloadOf(Buffer.alloc(10))).toThrow('no boot header');
    expect(() => payloadOf(imageOf(Buffer.from('??????'), 1))).toThrow(
      'unknown kernel compression: 3f3f3f3f3f3f',
    );
    expect(() => payloadOf(imageOf(gzipSync(ELF), 1).subarray(0, 2200))).toThrow('cut short');
  });
});
