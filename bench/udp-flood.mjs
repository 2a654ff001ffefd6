// Sends UDP datagrams to a port of 127.0.0.1 as fast as one thread can, BATCH of them with each system call (sendmmsg),
// and prints {"sent": n, "seconds": s}: node udp-flood.mjs PORT SECONDS [PAYLOAD_BYTES [BATCH]]
import koffi from 'koffi';

const [port, seconds, size, batch] = [
  Number(process.argv[2]),
  Number(process.argv[3]),
  Number(process.argv[4] ?? 18),
  Number(process.argv[5] ?? 64),
];
const MSGHDR = 64; // struct mmsghdr on 64-bit: msghdr 56, msg_len 4, padding 4
const libc = koffi.load(null);
const socket = libc.func('int socket(int, int, int)');
const sendmmsg = libc.func('int sendmmsg(int, void *, unsigned int, int)');

const address = Buffer.alloc(16);
address.writeUInt16LE(2, 0);
address.writeUInt16BE(port, 2);
address.set([127, 0, 0, 1], 4);
const payload = Buffer.alloc(size, 0x61);
const iovec = Buffer.alloc(16);
iovec.writeBigUInt64LE(BigInt(koffi.address(payload)), 0);
iovec.writeBigUInt64LE(BigInt(payload.length), 8);
const messages = Buffer.alloc(MSGHDR * batch);
for (let index = 0; index < batch; index++) {
  messages.writeBigUInt64LE(BigInt(koffi.address(address)), index * MSGHDR);
  messages.writeUInt32LE(address.length, index * MSGHDR + 8);
  messages.writeBigUInt64LE(BigInt(koffi.address(iovec)), index * MSGHDR + 16);
  messages.writeBigUInt64LE(1n, index * MSGHDR + 24);
}

const fd = socket(2, 2, 0);
const started = performance.now();
let sent = 0;
do {
  for (let calls = 0; calls < 64 / batch; calls++) {
    const done = sendmmsg(fd, messages, batch, 0);
    if (done > 0) sent += done;
  }
} while (performance.now() - started < seconds * 1000);
console.log(JSON.stringify({ sent, seconds: (performance.now() - started) / 1000 }));
