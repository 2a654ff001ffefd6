declare const NETWHY_VERSION: string | undefined;

/** The package's version, put in by the build. */
export function version(): string {
  return typeof NETWHY_VERSION === 'string' ? NETWHY_VERSION : 'unbuilt';
}
