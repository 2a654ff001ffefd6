/** What a field of a record may be; `n` bytes of raw data otherwise. */
export type FieldType = 'u8' | 'u16' | 'u32' | 's32' | 'u64' | number;

export interface FieldAt {
  readonly offset: number;
  readonly size: number;
}

/** Places of a record's fields in bytes, naturally aligned; `size` is a multiple of 8, as ring records are. */
export interface RecordLayout<Name extends string> {
  readonly at: Readonly<Record<Name, FieldAt>>;
  readonly size: number;
}

const SIZES = { u8: 1, u16: 2, u32: 4, s32: 4, u64: 8 } as const;

/** Lays fields out in the order written, each at a multiple of its own size; raw bytes at multiples of 8. */
export function layoutOf<Name extends string>(fields: Readonly<Record<Name, FieldType>>): RecordLayout<Name> {
  const at = {} as Record<Name, FieldAt>;
  let offset = 0;
  for (const name of Object.keys(fields) as Name[]) {
    const type = fields[name];
    const size = typeof type === 'number' ? type : SIZES[type as keyof typeof SIZES];
    const align = typeof type === 'number' ? 8 : size;
    offset = Math.ceil(offset / align) * align;
    at[name] = { offset, size };
    offset += size;
  }
  return { at, size: Math.ceil(offset / 8) * 8 };
}
