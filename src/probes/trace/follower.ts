// SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only
import type { Program } from '../../asm/index.ts';
import { type ArgumentSource, takeArguments, takeCaller } from './arguments.ts';
import { followPacket } from './follow.ts';
import { dropEntryWhenLast, refuseReused } from './release.ts';
import { type ProbeNumber, TraceProgram, type TraceWriting } from './writer.ts';

export interface FollowerOptions {
  readonly name: string;
  readonly source: ArgumentSource;
  readonly number: ProbeNumber;
  /** `told`: the attach cookie says. */
  readonly look: boolean | 'told';
  readonly pending: boolean | 'told';
  /** The last user of the sk_buff lets go of it here, and nothing later tells when its bytes go. */
  readonly last?: boolean;
  /** Not every end is seen: an entry may be left over from a packet whose memory is another's by now. */
  readonly mayBeStale?: boolean;
}

/** Runs at a function or tracepoint: shows packets that are followed, and costs a load and a jump while none is. */
export function followerProgram(shared: TraceWriting, options: FollowerOptions): Program {
  const { source, look, pending, last } = options;
  const kind = source.kind === 'tracepoint' ? 'tracepoint' : 'entry';
  const program = new TraceProgram(options.name, shared, options.number, kind);
  program.leaveWhenIdle();
  takeArguments(program, source);
  program.readWindow();
  program.findEntry(program.out);
  if (options.mayBeStale) refuseReused(program);
  const fromRegisters = shared.callers && source.kind !== 'tracepoint';
  if (fromRegisters) takeCaller(program);
  const caller = fromRegisters || (source.kind === 'tracepoint' && source.caller !== undefined);
  const value = source.kind === 'tracepoint' && source.value !== undefined;
  followPacket(program, {
    look,
    pending,
    caller,
    value,
    last: source.kind === 'tracepoint' && source.caller !== undefined,
  });
  if (last) dropEntryWhenLast(program);
  return program.finish();
}
