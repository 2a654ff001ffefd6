import { runTool } from './run-tool.ts';
import { toolPath } from './tool-packages.ts';

/** "inet filter" for every table of the calling thread's namespace; none without nft or without permission. */
export function nftTables(): string[] {
  const nft = toolPath('nft');
  return nft === undefined ? [] : parseNftTables(runTool(nft, ['list', 'tables']).stdout);
}

/** Lines "table inet filter" of `nft list tables`. */
export function parseNftTables(text: string): string[] {
  return [...text.matchAll(/^table (\S+ \S+)/gm)].map(found => found[1]!);
}
