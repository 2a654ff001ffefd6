import { Assembler } from '../../asm/index.ts';
import { load } from '../index.ts';

// Attaches a program with the name it is given, says so, and stays until it is killed.
const name = process.argv[2]!;
const code = new Assembler(name).mov('r0', 0).exit().build();
const attach = { kind: 'raw-tracepoint', tracepoint: 'kfree_skb' } as const;
const loaded = load({ maps: [], programs: [{ name, attach, code, license: 'GPL' }] });
loaded.attachAll();
process.stdout.write('attached\n');
setInterval(() => loaded, 1000);
