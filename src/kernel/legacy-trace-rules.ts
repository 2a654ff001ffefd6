import { legacyTables } from './iptables.ts';
import { runTool, type ToolResult } from './run-tool.ts';
import { toolPath } from './tool-packages.ts';

const COMMANDS = { ipv4: 'iptables-legacy', ipv6: 'ip6tables-legacy' } as const;

/**
 * TRACE rules of netwhy in the calling thread's namespace, each as the command that would add it:
 * "iptables-legacy -t raw -A PREROUTING … --comment netwhy-1234 -j TRACE". Asks only where there is a raw table: the
 * tool would make one.
 */
export function legacyTraceRules(): string[] {
  const tables = legacyTables();
  return (['ipv4', 'ipv6'] as const).flatMap(family => {
    const save = toolPath(`${COMMANDS[family]}-save`);
    if (save === undefined || !tables[family].includes('raw')) return [];
    const { stdout } = runTool(save, ['-t', 'raw']);
    return parseTraceRules(stdout).map(rule => `${COMMANDS[family]} -t raw ${rule}`);
  });
}

/** Of the lines of iptables-save, those with a comment of netwhy's own. */
export function parseTraceRules(text: string): string[] {
  return text.split('\n').filter(line => /^-A .*--comment "?netwhy-\d+"? .*-j TRACE/.test(line));
}

/** Takes such a rule out again, in the calling thread's namespace. */
export function removeTraceRule(rule: string): ToolResult {
  const [command = '', ...words] = rule.split(/\s+/).map(word => word.replaceAll('"', ''));
  return runTool(toolPath(command) ?? command, ['-w', ...words.map(word => (word === '-A' ? '-D' : word))]);
}
