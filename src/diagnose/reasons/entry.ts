/** Is a drop with this reason worth a look? `usually`: mostly not, the benign rules say where. */
export type Benign = 'no' | 'usually' | 'always';

/** What an engineer should know about one reason. Commands, counters and settings stand between backticks. */
export interface ReasonEntry {
  /** As the kernel spells it, without the enum's prefix. */
  readonly name: string;
  readonly meaning: string;
  /** What usually leads to it. */
  readonly cause: string;
  /** What to run, read or set. */
  readonly remedy: string;
  readonly benign: Benign;
  /** The functions that usually free the packet or set the reason. */
  readonly where?: string;
  /** First mainline release with the name; stable and vendor kernels may have taken it earlier. */
  readonly since?: string;
  /** Kernel files, documents and RFCs to read on. */
  readonly see: readonly string[];
}

/** A table as it is written: the key is the name. */
export type ReasonRows = Readonly<Record<string, Omit<ReasonEntry, 'name'>>>;

export type ReasonTable = Readonly<Record<string, ReasonEntry>>;

/** Puts each row's key into the row; a name in two of the tables is a mistake and throws. */
export function tableOf(...parts: readonly ReasonRows[]): ReasonTable {
  const table: Record<string, ReasonEntry> = Object.create(null);
  for (const [name, row] of parts.flatMap(part => Object.entries(part))) {
    if (name in table) throw new Error(`reason ${name} is in two tables`);
    table[name] = { name, ...row };
  }
  return table;
}
