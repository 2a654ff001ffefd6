// Sends COUNT datagrams to HOST:PORT as fast as one thread can, in one or more sendmmsg(2): node udp-burst.mjs PORT HOST COUNT
import koffi from 'koffi';

const [port, host, count] = [Number(process.argv[2]), process.argv[3], Number(process.argv[4])];
const MMSGHDR = 64; // struct mmsghdr on 64-bit: msghdr 56, msg_len 4, padding 4
const MOST = 1024; // UIO_MAXIOV
const libc = koffi.load(null);
const fd = libc.func('int socket(int, int, int)')(2, 2, 0);
const sendmmsg = libc.func('int sendmmsg(int, void *, unsigned int, int)');

const address = Buffer.alloc(16);
address.writeUInt16LE(2, 0);
address.writeUInt16BE(port, 2);
address.set(host.split('.').map(Number), 4);
const payload = Buffer.from('netwhy');
const iovec = Buffer.alloc(16);
iovec.writeBigUInt64LE(BigInt(koffi.address(payload)), 0);
iovec.writeBigUInt64LE(BigInt(payload.length), 8);
const messages = Buffer.alloc(MMSGHDR * MOST);
for (let at = 0; at < messages.length; at += MMSGHDR) {
  messages.writeBigUInt64LE(BigInt(koffi.address(address)), at);
  messages.writeUInt32LE(address.length, at + 8);
  messages.writeBigUInt64LE(BigInt(koffi.address(iovec)), at + 16);
  messages.writeBigUInt64LE(1n, at + 24);
}
for (let sent = 0; sent < count; ) {
  const done = sendmmsg(fd, messages, Math.min(MOST, count - sent), 0);
  if (done <= 0) throw new Error(`sendmmsg: errno ${koffi.errno()}`);
  sent += done;
}
