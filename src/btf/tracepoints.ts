import { BtfError } from '../base/index.ts';
import type { Btf } from './btf.ts';
import type { BtfFunc, BtfFuncProto, BtfParam } from './types.ts';

/** The prototype behind the typedef btf_trace_NAME. Throws BtfError when it is not a pointer to a function. */
export function tracepointOf(btf: Btf, name: string, typedef: number): BtfFunc {
  const proto = protoOf(btf, name, typedef);
  const params = namedParams(btf, name, proto).slice(1);
  return { id: typedef, name, linkage: 'global', params, returns: proto.returns };
}

function protoOf(btf: Btf, name: string, typedef: number): BtfFuncProto {
  const pointer = btf.type(btf.resolve(typedef));
  const proto = pointer.kind === 'ptr' ? btf.type(btf.resolve(pointer.typeId)) : pointer;
  if (proto.kind !== 'func_proto')
    throw new BtfError(`typedef btf_trace_${name} leads to a ${proto.kind}, expected a function pointer`);
  return proto;
}

// A function pointer's type has no parameter names; __traceiter_NAME has the same parameters, with names.
function namedParams(btf: Btf, name: string, proto: BtfFuncProto): readonly BtfParam[] {
  const named = btf.func(`__traceiter_${name}`)?.params ?? [];
  const same =
    named.length === proto.params.length && named.every((p, i) => p.typeId === proto.params[i]!.typeId);
  return same ? named : proto.params;
}
