// SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only
import type { StageName } from '../../events/index.ts';
import { VERDICTS, type VerdictKind } from './stages.ts';

/** A kernel function to be probed. */
export interface ProbedFunction {
  readonly name: string;
  /** null for the kernel itself. */
  readonly module: string | null;
  /** Which argument is the sk_buff, from 0. */
  readonly position: number;
  readonly stage: StageName;
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
    ...functions.map(({ name, module, stage }) => ({
      function: name,
      module,
      stage,
      tracepoint: false,
      verdict: VERDICTS[name] ?? null,
    })),
  ];
}
