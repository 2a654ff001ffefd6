/**
 * collect/sockets: who listens and who talks in a namespace, with queues, buffers, drops and timers.
 *
 * Promises: reads through ss(8), changes nothing; says which sockets would get a packet, as the kernel's lookup
 * decides (connected before listening, address, family, v6only), and which ones only look as if they would.
 */
export { parseSocketRow, type SocketEnd, type SocketMemory, type SocketRow } from './socket-row.ts';
export {
  endsOf,
  nearMisses,
  type PacketEnds,
  readSockets,
  type SocketQuestion,
  takersOf,
} from './sockets.ts';
