import { isUnavailable, NetwhyError } from '../base/index.ts';
import { BorrowedSocket } from '../collect/index.ts';
import { readText } from '../kernel/index.ts';
import { addressOf } from '../sys/index.ts';

const SO_ATTACH_FILTER = 26;
const SO_DETACH_FILTER = 27;
/** struct sock_fprog: a length, padding, a pointer. */
const PROGRAM_BYTES = 16;
/** BPF_RET | BPF_K with 0: nothing of the packet is kept. */
const REFUSE_ALL: Uint8Array = Uint8Array.from([6, 0, 0, 0, 0, 0, 0, 0]);

/** Attaches a filter that refuses everything to another process's UDP socket, as its own code would. 5.6. */
export function refuseAll(pid: number, port: number): void {
  const program = new DataView(new ArrayBuffer(PROGRAM_BYTES));
  program.setUint16(0, 1, true);
  program.setBigUint64(8, addressOf(REFUSE_ALL), true);
  tell(pid, port, SO_ATTACH_FILTER, new Uint8Array(program.buffer));
}

/** Takes it off again. */
export function takeAll(pid: number, port: number): void {
  tell(pid, port, SO_DETACH_FILTER, new Uint8Array(4));
}

function tell(pid: number, port: number, option: number, value: Uint8Array): void {
  const socket = BorrowedSocket.take(pid, inodeOf(pid, port) ?? '');
  if (isUnavailable(socket)) throw new NetwhyError(`${socket.what}: ${socket.why}`, socket.instead);
  using borrowed = socket;
  if (!borrowed.tell(option, value)) throw new NetwhyError(`the socket of process ${pid} takes no filter`);
}

/** From /proc/PID/net/udp: the second word ends with the port, the tenth is the inode. */
function inodeOf(pid: number, port: number): string | undefined {
  const end = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  const text = ['udp', 'udp6'].map(file => readText(`/proc/${pid}/net/${file}`) ?? '').join('\n');
  const rows = text.split('\n').map(line => line.trim().split(/\s+/));
  return rows.find(words => words[1]?.endsWith(end))?.[9];
}
