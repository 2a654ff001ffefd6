import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import type { Writable } from 'node:stream';

/** The host's end of one virtio port. */
export interface Port extends Disposable {
  /** Bytes that came out of the guest so far. */
  readonly received: () => number;
  /** Is the stream behind it full, so that the guest has to wait? */
  readonly isBlocked: () => boolean;
}

/** Hears one connection on a socket and hands on what comes; `onData` follows each piece, and each pause. */
export async function openPort(path: string, stream: Writable, onData: () => void): Promise<Port> {
  const sockets: Socket[] = [];
  let received = 0;
  let isBlocked = false;
  const accept = (socket: Socket): void => {
    sockets.push(socket);
    const resume = (): void => {
      isBlocked = false;
      socket.resume();
      onData();
    };
    // A reset is the end of the machine, which its process reports.
    socket.on('error', () => {});
    socket.on('data', (chunk: Buffer) => {
      received += chunk.length;
      isBlocked = !stream.write(chunk);
      if (isBlocked) {
        socket.pause();
        stream.once('drain', resume);
      }
      onData();
    });
  };
  const server: Server = createServer(accept).listen(path);
  await once(server, 'listening');
  const dispose = (): void => {
    server.close();
    for (const socket of sockets) socket.destroy();
  };
  return { received: () => received, isBlocked: () => isBlocked, [Symbol.dispose]: dispose };
}
