import type { Sure } from '../causes/cause.ts';
import type { Symptom } from '../facts/symptom.ts';
import type { Values } from './evidence.ts';

export type Era = '6.1' | '6.12' | '6.18';
export const ERAS: readonly Era[] = ['6.1', '6.12', '6.18'];
export const ALL = ERAS;
/** Kernels with reset reasons. */
export const NEWER: readonly Era[] = ['6.12', '6.18'];

/** What a kernel shows when this went wrong, and what the judge must make of it. */
export interface Case {
  readonly name: string;
  readonly on: readonly Era[];
  readonly symptoms?: readonly Symptom[];
  readonly facts?: Values;
  /** First cause. */
  readonly is: string;
  readonly sure: Sure;
  /** Alike, and yet another cause (or none: 'unknown', 'healthy'). Facts given as undefined were not collected. */
  readonly near?: readonly Near[];
}

export interface Near {
  readonly name: string;
  readonly symptoms?: readonly Symptom[];
  readonly facts: { readonly [Name in keyof Values]: Values[Name] | undefined };
  readonly is: string;
}
