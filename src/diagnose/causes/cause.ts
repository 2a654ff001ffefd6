import type { FactName } from '../facts/catalogue.ts';
import type { Condition } from './condition.ts';

/** How sure a cause is: certain rests on evidence that no other cause leaves. */
export type Sure = 'certain' | 'likely' | 'possible';

/**
 * Text with {fact.name} slots. In commands a slot is quoted for the shell; `{name|sysctl}` writes an interface's
 * dots as sysctl(8) wants them, `{name|double}` twice the number, `{name|words}` each blank-separated word quoted by
 * itself, `{name|rule}` the words of an "-A CHAIN …" rule behind the chain. A text whose slots cannot all be filled is
 * left out.
 */
export type Template = string;

/** A command that cures or checks. One shell command per row. */
export interface Command {
  readonly run: Template;
  /**
   * Where it runs: the incident's namespace (default), the machine's first one, that of a
   * fact found anywhere, or the one whose inode is a fact's value.
   */
  readonly where?: 'incident' | 'host' | { readonly of: FactName } | { readonly inode: FactName };
  /** Offered only when these hold. */
  readonly when?: readonly Condition[];
}

export interface Fix extends Command {
  /** What it changes, for a person who is about to paste it. */
  readonly changes: string;
  /** What can go wrong. */
  readonly risk?: string;
  /** Takes effect on the whole machine, not only in the namespace. */
  readonly hostWide?: true;
  /** Not a command but something to do, printed behind "# ". */
  readonly advice?: true;
}

/** A sentence that is only right under conditions. */
export interface Saying {
  readonly text: Template;
  readonly when: readonly Condition[];
}

/** A row of judgement. Plain data: it can be stored, sent and printed. */
export interface Cause {
  /** Stable: scripts and the lab name it. */
  readonly id: string;
  readonly title: string;
  /** All must hold. One `no` and it is not this cause; an `unknown` leaves it possible. */
  readonly when: readonly Condition[];
  /** How sure it is when all of `when` hold. */
  readonly sure: Sure;
  /** Raises it: the first row whose conditions all hold decides. */
  readonly sureIf?: readonly { readonly sure: Sure; readonly all: readonly Condition[] }[];
  /** The first that fits and whose slots can all be filled is the sentence. */
  readonly says: readonly (Template | Saying)[];
  /** Causes that follow from this one: they come behind it. */
  readonly explains?: readonly string[];
  /** Names the rule or program that did it, for `where.rule`. */
  readonly rule?: readonly Template[];
  /** Further facts to show as evidence when they are known. */
  readonly shows?: readonly FactName[];
  /** Of the negative verdict: it is a problem all the same when these hold. */
  readonly troubleIf?: readonly Condition[];
  /** Least change first. */
  readonly fix: readonly Fix[];
  readonly check: readonly Command[];
  /** What to look at when it stays possible. */
  readonly settles: readonly Template[];
  /** Kernel files, documents, manual pages. */
  readonly see: readonly string[];
}
