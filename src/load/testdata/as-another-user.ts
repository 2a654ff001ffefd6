import { Assembler, type MapSpec } from '../../asm/index.ts';
import { NetwhyError } from '../../base/index.ts';
import { load } from '../index.ts';

// Run by a user without root's powers: attaches to a tracepoint, sends itself an event, says how it went as JSON.
const seen: MapSpec = { name: 'seen', type: 'array', keySize: 4, valueSize: 8, maxEntries: 1 };

function attempt(): object {
  const code = new Assembler('seen').mapValue('r1', seen).store('u64', 'r1', 0, 1).mov('r0', 0).exit().build();
  const attach = { kind: 'raw-tracepoint', tracepoint: 'sys_enter' } as const;
  using loaded = load({ maps: [seen], programs: [{ name: 'seen', attach, code, license: 'GPL' }] });
  loaded.attachAll();
  return { uid: process.getuid?.(), seen: loaded.map('seen').lookup(new Uint8Array(4))?.[0] };
}

function outcome(): object {
  try {
    return attempt();
  } catch (error) {
    if (error instanceof NetwhyError) return { message: error.message, hint: error.hint };
    throw error;
  }
}

process.stdout.write(JSON.stringify(outcome()));
