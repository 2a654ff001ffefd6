import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { type Assembler, type Label } from '../../asm/index.ts';
import { Btf } from '../../btf/index.ts';

let btf: Btf | undefined;

/** The running kernel's types, read once per test file. */
export function kernelBtf(): Btf {
  btf ??= Btf.parse(readFileSync('/sys/kernel/btf/vmlinux'));
  return btf;
}

/** A UDP port of the loopback that nobody listens on. */
export async function closedPort(): Promise<number> {
  const socket = createSocket('udp4');
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  const { port } = socket.address();
  socket.close();
  await once(socket, 'close');
  return port;
}

/** Sends `count` datagrams of `length` bytes to 127.0.0.1:port. */
export async function sendUdp(port: number, count: number, length = 16): Promise<void> {
  const socket = createSocket('udp4');
  const payload = new Uint8Array(length).fill(0x61);
  for (let i = 0; i < count; i++) await sendOne(socket, payload, port);
  socket.close();
  await once(socket, 'close');
}

function sendOne(socket: Socket, payload: Uint8Array, port: number): Promise<void> {
  return new Promise((resolve, reject) =>
    socket.send(payload, port, '127.0.0.1', error => (error ? reject(error) : resolve())),
  );
}

/**
 * r6 = struct sk_buff *: goes to `other` unless its transport header has this UDP destination port. Reads by
 * probe_read_kernel into the 8 bytes at r10-64; r1 to r5 and r7 are lost.
 */
export function onlyUdpTo(asm: Assembler, port: number, other: Label): void {
  const skb = kernelBtf();
  const head = skb.field('sk_buff', 'head').offset;
  const transport = skb.field('sk_buff', 'transport_header').offset;
  readKernel(asm, 'r6', head, 8);
  asm.load('u64', 'r7', 'r10', -64);
  readKernel(asm, 'r6', transport, 2);
  asm.load('u16', 'r1', 'r10', -64).add('r7', 'r1');
  readKernel(asm, 'r7', 2, 2);
  asm.load('u16', 'r1', 'r10', -64).toBigEndian('r1', 16).jumpIf('r1', '!=', port, other);
}

function readKernel(asm: Assembler, base: 'r6' | 'r7', offset: number, size: number): void {
  asm.mov('r1', 'r10').add('r1', -64).mov('r2', size).mov('r3', base).add('r3', offset);
  asm.call('probe_read_kernel');
}
