// SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only
import type { StageName } from '../../events/index.ts';
import { ASKED_VERDICTS, VERDICTS, type VerdictKind } from './stages.ts';

/** A kernel function to be probed. */
export interface ProbedFunction {
  readonly name: string;
  /** null for the kernel itself. */
  readonly module: string | null;
  /** Which argument is the sk_buff, from 0. */
  readonly position: number;
  readonly stage: StageName;
  /** By `all`, or by name. */
  readonly asked: boolean;
}

/** A tracepoint to be probed, and where its arguments are. */
export interface ProbedTracepoint {
  readonly name: string;
  readonly stage: StageName;
  readonly skb: number;
  /** That argument is a socket; the sk_buff is the newest in its receive queue. */
  readonly queued?: true;
  /** Argument with a code address: who freed it. */
  readonly caller?: number;
  /** Argument with a drop reason or a result. */
  readonly value?: number;
}

/** Probe numbers in records are indexes of this list; tracepoints come first. */
export interface NumberedProbe {
  readonly function: string;
  readonly module: string | null;
  readonly stage: StageName;
  readonly tracepoint: boolean;
  readonly verdict: VerdictKind | null;
}

export function numberProbes(
  tracepoints: readonly ProbedTracepoint[],
  functions: readonly ProbedFunction[],
): readonly NumberedProbe[] {
  return [
    ...tracepoints.map(({ name, stage }) => ({
      function: name,
      module: null,
      stage,
      tracepoint: true,
      verdict: null,
    })),
    ...functions.map(probed => ({
      function: probed.name,
      module: probed.module,
      stage: probed.stage,
      tracepoint: false,
      verdict: verdictKindOf(probed),
    })),
  ];
}

/** What its return value means; null when that is not shown. */
export function verdictKindOf({ name, asked }: ProbedFunction): VerdictKind | null {
  return VERDICTS[name] ?? (asked ? (ASKED_VERDICTS[name] ?? null) : null);
}
