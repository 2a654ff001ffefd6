import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import addFormats from 'ajv-formats';
import { describe, expect, it } from 'vitest';
import { CHECK_IDS as IDS } from '../src/session/doctor/testdata/check-ids.ts';
import { CLI } from './topology/cli.ts';

/** Problems that the published schema finds in these objects. */
function schemaProblems(objects: readonly unknown[]): unknown[] {
  const ajv = new Ajv();
  addFormats.default(ajv);
  const file = join(process.cwd(), 'docs/schema/doctor.schema.json');
  const validate = ajv.compile(JSON.parse(readFileSync(file, 'utf8')));
  return objects.filter(object => !validate(object)).map(object => ({ object, errors: validate.errors }));
}

describe('netwhy doctor', () => {
  const doctor = (prefix: readonly string[], ...args: string[]): ReturnType<typeof spawnSync> => {
    const [command, ...rest] = [...prefix, process.execPath, CLI, 'doctor', ...args];
    return spawnSync(command!, rest, { encoding: 'utf8' });
  };
  const objectsOf = (text: unknown): Record<string, unknown>[] =>
    String(text)
      .trimEnd()
      .split('\n')
      .map(line => JSON.parse(line));

  it('ends with 0 and canSeeDrops where drops can be seen', () => {
    const { status, stdout, stderr } = doctor([], '--json');
    expect(stderr).toBe('');
    const objects = objectsOf(stdout);
    expect(objects.slice(0, -1).map(object => object.id)).toEqual(IDS);
    expect(schemaProblems(objects)).toEqual([]);
    expect(schemaProblems([{ ...objects[0], ok: 'maybe' }])).toHaveLength(1);
    expect(objects.at(-1)).toMatchObject({ type: 'end', canSeeDrops: true, checks: IDS.length });
    expect(status).toBe(0);
  });

  it('ends with 3 without capabilities, and names those that are missing', () => {
    const bare = ['setpriv', '--bounding-set=-all', '--inh-caps=-all'];
    const { status, stdout } = doctor(bare, '--json');
    const objects = objectsOf(stdout);
    expect(objects.map(object => object.id)).toEqual([...IDS, undefined]);
    expect(schemaProblems(objects)).toEqual([]);
    expect(objects.find(object => object.id === 'capabilities')).toMatchObject({
      ok: 'no',
      found: 'root has no CAP_BPF and no CAP_PERFMON',
    });
    expect(objects.at(-1)).toMatchObject({ type: 'end', canSeeDrops: false });
    expect(status).toBe(3);
    expect(doctor(bare).stdout).not.toMatch(/\bEPERM\b/);
  });

  it('fits on a screen of 60 lines and 110 columns', () => {
    const lines = String(doctor([]).stdout).split('\n');
    expect(lines.length).toBeLessThan(60);
    expect(Math.max(...lines.map(line => line.length))).toBeLessThanOrEqual(110);
  });
});
