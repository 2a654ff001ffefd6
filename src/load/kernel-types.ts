import {
  BtfNotFoundError,
  decodeUtf8,
  isUnavailable,
  NetwhyError,
  SyscallError,
  type Unavailable,
} from '../base/index.ts';
import { Btf } from '../btf/index.ts';
import { moduleBtf, runningBtf } from '../kernel/index.ts';
import { Attr, bpf, Fd } from '../sys/index.ts';

const ENOENT = 2;

interface ModuleTypes {
  readonly btf: Btf;
  readonly handle: Fd;
}

/** The running kernel's BTF, read when first asked for unless it was given, and the descriptors of its modules' BTF. */
export class KernelTypes implements Disposable {
  private source: Btf | (() => Btf) | undefined;
  private readonly modules: Map<string, ModuleTypes> = new Map();

  constructor(source: Btf | (() => Btf) | undefined) {
    this.source = source;
  }

  /** Throws NetwhyError on a kernel without BTF. */
  vmlinux(): Btf {
    if (!(this.source instanceof Btf)) this.source = this.source?.() ?? present(runningBtf());
    return this.source;
  }

  /** Id of a function in vmlinux, or in a module with the descriptor of its BTF. Throws BtfNotFoundError. */
  functionOf(name: string, module?: string): { readonly id: number; readonly objectFd: number } {
    const btf = module === undefined ? this.vmlinux() : this.module(module).btf;
    const objectFd = module === undefined ? 0 : this.module(module).handle.fd;
    const id = btf.find('func', name);
    if (id === undefined)
      throw new BtfNotFoundError(`function ${name}${module === undefined ? '' : ` of module ${module}`}`);
    return { id, objectFd };
  }

  /** Id of the typedef that describes a tracepoint. Throws BtfNotFoundError. */
  tracepointOf(name: string): number {
    const id = this.vmlinux().find('typedef', `btf_trace_${name}`);
    if (id === undefined) throw new BtfNotFoundError(`tracepoint ${name}`);
    return id;
  }

  [Symbol.dispose](): void {
    for (const { handle } of this.modules.values()) handle.close();
    this.modules.clear();
  }

  private module(name: string): ModuleTypes {
    const known = this.modules.get(name);
    if (known) return known;
    const types = { btf: present(moduleBtf(name)), handle: openModuleBtf(name) };
    this.modules.set(name, types);
    return types;
  }
}

function present(btf: Btf | Unavailable): Btf {
  if (isUnavailable(btf)) throw new NetwhyError(`${btf.what}: ${btf.why}`, btf.instead);
  return btf;
}

/** Walks all BTF objects for the module's. Needs CAP_SYS_ADMIN. */
function openModuleBtf(name: string): Fd {
  for (let id = nextId(0); id !== undefined; id = nextId(id)) {
    const handle = openId(id);
    if (handle && nameOf(handle) === name) return handle;
    handle?.close();
  }
  throw new BtfNotFoundError(`module ${name}`, `load the module first: modprobe ${name}`);
}

function nextId(after: number): number | undefined {
  const attr = new Attr(12).u32(0, after);
  return orGone(() => bpf('btf_get_next_id', attr.bytes)) === undefined ? undefined : attr.readU32(4);
}

function openId(id: number): Fd | undefined {
  const attr = new Attr(12).u32(0, id);
  const fd = orGone(() => bpf('btf_get_fd_by_id', attr.bytes));
  return fd === undefined ? undefined : new Fd(fd, `BTF ${id}`);
}

function orGone<T>(call: () => T): T | undefined {
  try {
    return call();
  } catch (error) {
    if (error instanceof SyscallError && error.errno === ENOENT) return undefined;
    throw error;
  }
}

/** struct bpf_btf_info: name at 16, its room at 24. */
function nameOf(handle: Fd): string {
  const name = new Uint8Array(64);
  const info = new Attr(32).pointer(16, name).u32(24, name.byteLength);
  bpf('obj_get_info_by_fd', new Attr(16).u32(0, handle.fd).u32(4, 32).pointer(8, info.bytes).bytes);
  return decodeUtf8(name.subarray(0, name.indexOf(0)));
}
