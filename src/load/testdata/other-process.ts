import { Assembler, type MapSpec } from '../../asm/index.ts';
import { NetwhyError } from '../../base/index.ts';
import { type Loaded, load } from '../index.ts';

// Run as a process of its own: "try" attaches, causes an event and says as JSON how that went; "wait NAME" attaches a
// program of that name, says so, and stays until it is killed.
const seen: MapSpec = { name: 'seen', type: 'array', keySize: 4, valueSize: 8, maxEntries: 1 };

function attached(name: string): Loaded {
  const code = new Assembler(name).mapValue('r1', seen).store('u64', 'r1', 0, 1).mov('r0', 0).exit().build();
  const attach = { kind: 'raw-tracepoint', tracepoint: 'sys_enter' } as const;
  const loaded = load({ maps: [seen], programs: [{ name, attach, code, license: 'GPL' }] });
  loaded.attachAll();
  return loaded;
}

function attempt(): object {
  try {
    using loaded = attached('seen');
    return { uid: process.getuid?.(), seen: loaded.map('seen').lookup(new Uint8Array(4))?.[0] };
  } catch (error) {
    if (error instanceof NetwhyError) return { message: error.message, hint: error.hint };
    throw error;
  }
}

const [mode, name] = process.argv.slice(2);
if (mode === 'wait' && name) {
  const loaded = attached(name);
  process.stdout.write('attached\n');
  setInterval(() => loaded, 1000);
} else process.stdout.write(JSON.stringify(attempt()));
