import type { MapSpec } from './blueprint.ts';

/** A place in the bytes that is filled in when the maps exist. */
export interface Relocation {
  /** Index of the first of the two 8-byte slots of the 64-bit load. */
  readonly slot: number;
  readonly kind: 'map-fd' | 'map-value';
  readonly map: MapSpec;
  /** Bytes into the map's value, for map-value. */
  readonly offset: number;
}

/** One line of the listing: labels and comments stand before the instruction that they belong to. */
export interface Note {
  readonly slot: number;
  readonly kind: 'label' | 'comment';
  readonly text: string;
}

/** Assembled instructions. `bytes` is 8 bytes a slot, little-endian, ready for bpf(2) once relocated. */
export interface Program {
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly relocations: readonly Relocation[];
  readonly notes: readonly Note[];
}
