import { Assembler } from '../../src/asm/index.ts';
import { load } from '../../src/load/index.ts';
import { type Attr, bpf, Fd, inNamespace } from '../../src/sys/index.ts';

/**
 * A BPF program that answers everything with `answer`, attached in a namespace until it is disposed. `attrOf` makes the
 * attributes of BPF_LINK_CREATE from the program's descriptor. Throws SyscallError.
 */
export function linkedProgram(
  netns: string,
  type: 'netfilter' | 'xdp',
  answer: number,
  attrOf: (program: number) => Attr,
): Disposable {
  const name = `answer_${type}`;
  const code = new Assembler(name).mov('r0', answer).exit().build();
  const attach = { kind: 'none', type } as const;
  const loaded = load({ maps: [], programs: [{ name, attach, code, license: 'GPL' }] });
  try {
    const attr = attrOf(loaded.program(name).fd);
    const link = new Fd(
      inNamespace(`/run/netns/${netns}`, () => bpf('link_create', attr.bytes)),
      `${type} program`,
    );
    return {
      [Symbol.dispose]: () => {
        link.close();
        loaded[Symbol.dispose]();
      },
    };
  } catch (error) {
    loaded[Symbol.dispose]();
    throw error;
  }
}
