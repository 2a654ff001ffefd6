/** Why a boot ended. `code` is the command's; -1 when there is none. */
export interface Ending {
  readonly end: 'command-ended' | 'never-started' | 'died' | 'time-limit' | 'aborted';
  readonly code: number;
}

/** What is known of a command from the guest's status lines and from the bytes that came out. */
export interface Progress {
  /** More text from the status port. */
  readonly onStatus: (text: string) => void;
  /** Something came out, or a stream that was full has room again. */
  readonly onOutput: () => void;
  readonly hasStarted: () => boolean;
  /** Ends the boot from outside; only the first ending counts. */
  readonly finish: (ending: Ending) => void;
  readonly ended: Promise<Ending>;
}

/** After the command's end, processes it left behind may still write for this long after their last output. */
const QUIET_MS = 2000;

/** `received` gives the bytes here so far, of stdout and stderr; `isBlocked` says that a reader of ours is slow. */
export function followProgress(received: () => readonly number[], isBlocked: () => boolean): Progress {
  let text = '';
  let quiet: NodeJS.Timeout | undefined;
  let finish: (ending: Ending) => void = () => {};
  const ended = new Promise<Ending>(resolve => {
    finish = ending => {
      clearTimeout(quiet);
      resolve(ending);
    };
  });
  const check = (): void => {
    const exited = /^exited (\d+)\n/m.exec(text);
    if (!exited) return;
    const ending: Ending = { end: 'command-ended', code: Number(exited[1]) };
    clearTimeout(quiet);
    if (isDrained(text, received())) finish(ending);
    else if (!isBlocked()) quiet = setTimeout(() => finish(ending), QUIET_MS);
  };
  const onStatus = (more: string): void => {
    text += more;
    check();
  };
  return { onStatus, onOutput: check, hasStarted: () => text.startsWith('started\n'), finish, ended };
}

function isDrained(text: string, here: readonly number[]): boolean {
  const drained = /^drained (\d+) (\d+)\n/m.exec(text);
  return drained !== null && here.every((bytes, i) => bytes >= Number(drained[i + 1]));
}
