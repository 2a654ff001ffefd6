import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import { describe, expect, it } from 'vitest';
import { Btf } from '../src/btf/index.ts';
import { netwhy } from './topology/cli.ts';

const schema = JSON.parse(readFileSync(join(process.cwd(), 'docs/schema/events.schema.json'), 'utf8'));
const validate = new Ajv({ allowUnionTypes: true }).compile(schema);

interface Row {
  readonly subsystem: string;
  readonly reason: string;
  readonly value: number;
  readonly meaning: string | null;
}

function rows(...args: string[]): Row[] {
  const { code, stdout, stderr } = netwhy('reasons', '--json', ...args);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  const objects = stdout
    .trim()
    .split('\n')
    .map(line => JSON.parse(line));
  for (const object of objects) expect(validate(object), JSON.stringify(validate.errors)).toBe(true);
  return objects as Row[];
}

/** Names straight from the enum, without the product's own idea of which of them are reasons. */
function enumNames(name: string): string[] {
  const btf = Btf.parse(readFileSync('/sys/kernel/btf/vmlinux'));
  return btf.find('enum', name) === undefined ? [] : btf.enumOf(name).values.map(value => value.name);
}

describe('netwhy reasons', () => {
  // Modules bring the names of their subsystems; where the kernel has none of them there is nothing to load.
  for (const module of ['openvswitch', 'mac80211']) spawnSync('modprobe', [module], { stdio: 'ignore' });

  it('knows every drop reason and reset reason of this kernel', () => {
    const known = rows('--all');
    expect(known.filter(({ meaning }) => meaning === null)).toEqual([]);
    const listed = new Set(known.map(({ subsystem, reason }) => `${subsystem}:${reason}`));
    const core = enumNames('skb_drop_reason')
      .map(name => name.replace(/^SKB_DROP_REASON_/, ''))
      .filter(name => !/^(SKB_|MAX$|SUBSYS_MASK$)/.test(name));
    const resets = enumNames('sk_rst_reason')
      .map(name => name.replace(/^SK_RST_REASON_/, ''))
      .filter(name => name !== 'MAX');
    const wanted = [...core.map(name => `core:${name}`), ...resets.map(name => `reset:${name}`)];
    expect(wanted.length).toBeGreaterThan(50);
    expect(wanted.filter(name => !listed.has(name))).toEqual([]);
  });

  it('explains one by name, with or without the prefix, in any case', () => {
    for (const name of ['NO_SOCKET', 'no_socket', 'SKB_DROP_REASON_NO_SOCKET']) {
      const { code, stdout } = netwhy('reasons', name);
      expect(code).toBe(0);
      expect(stdout).toMatch(/^NO_SOCKET \(\d+\)\n {2}means/);
    }
  });

  it('finds reasons by part of their name, and says when there is none', () => {
    const found = rows('csum').map(({ reason }) => reason);
    expect(found).toEqual(expect.arrayContaining(['TCP_CSUM', 'UDP_CSUM', 'IP_CSUM']));
    expect(netwhy('reasons', 'NO_SUCH_THING')).toMatchObject({ code: 2, stdout: '' });
  });
});
