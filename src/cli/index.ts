/**
 * cli: the commands, their options and what they print.
 *
 * Promises: `main` runs one command line and answers with its exit code; nothing else of this room is for others.
 */
declare const NETWHY_VERSION: string | undefined;

/** Runs one command line (without node and script) and answers with the exit code. */
export async function main(argv: readonly string[]): Promise<number> {
  if (argv[0] === '--version') {
    console.log(typeof NETWHY_VERSION === 'string' ? NETWHY_VERSION : 'unbuilt');
    return 0;
  }
  console.error('usage: netwhy --version');
  return 2;
}
