/**
 * btf: the kernel's own type information (BPF Type Format), of vmlinux and of modules.
 *
 * Promises: indexing makes no object and no string per type; lookups by name do not scan; places of members are
 * right for bitfields, anonymous members and either byte order. Corrupt input ends in a BtfError, what the kernel
 * does not have in a BtfNotFoundError; neither a crash, nor a hang, nor memory out of proportion to the input.
 */
export { Btf } from './btf.ts';
export type {
  BitPlace,
  BtfArray,
  BtfDatasec,
  BtfDeclTag,
  BtfEnum,
  BtfEnumValue,
  BtfFloat,
  BtfFunc,
  BtfFuncProto,
  BtfFuncType,
  BtfFwd,
  BtfInt,
  BtfKindName,
  BtfLinkage,
  BtfMember,
  BtfParam,
  BtfReference,
  BtfReferenceKind,
  BtfStruct,
  BtfType,
  BtfTypeTag,
  BtfVar,
  BtfVoid,
  FieldPlace,
  FuncByArgument,
} from './types.ts';
