import { type BtfError, type Unavailable, unavailable } from '../base/index.ts';
import { Btf } from '../btf/index.ts';
import { namesIn, readBytes } from './read-file.ts';

const VMLINUX = 'vmlinux';
const DIRECTORY = '/sys/kernel/btf';
const SIZE_HINT = 8 << 20;
const MODULE_SIZE_HINT = 256 << 10;

/** The kernel's type information, read and indexed when first asked for. */
export class RunningBtf {
  private readonly directory: string;
  private readonly known: Map<string, Btf | Unavailable> = new Map();

  constructor(directory: string = DIRECTORY) {
    this.directory = directory;
  }

  /** Of the kernel itself (CONFIG_DEBUG_INFO_BTF, 5.4). */
  vmlinux(): Btf | Unavailable {
    return this.remembered(VMLINUX, () => Btf.parse(this.read(VMLINUX, SIZE_HINT), { name: VMLINUX }));
  }

  /** Of a loaded module, on top of vmlinux (CONFIG_DEBUG_INFO_BTF_MODULES, 5.11). */
  module(name: string): Btf | Unavailable {
    const base = this.vmlinux();
    if (!(base instanceof Btf)) return base;
    return this.remembered(name, () => Btf.parse(this.read(name, MODULE_SIZE_HINT), { base, name }));
  }

  /** Loaded modules that have type information. */
  modules(): string[] {
    return namesIn(this.directory).filter(name => name !== VMLINUX);
  }

  private read(name: string, sizeHint: number): Uint8Array {
    return readBytes(`${this.directory}/${name}`, sizeHint);
  }

  /** Failures are not kept: a module may be loaded later. */
  private remembered(name: string, parse: () => Btf): Btf | Unavailable {
    const known = this.known.get(name);
    if (known !== undefined) return known;
    try {
      const btf = parse();
      this.known.set(name, btf);
      return btf;
    } catch (error) {
      return missing(name, error as NodeJS.ErrnoException | BtfError);
    }
  }
}

function missing(name: string, error: NodeJS.ErrnoException | BtfError): Unavailable {
  const absent = 'code' in error && error.code === 'ENOENT';
  if (name === VMLINUX) {
    const why = absent ? `${DIRECTORY}/${VMLINUX} does not exist` : error.message;
    const instead = 'use a kernel built with CONFIG_DEBUG_INFO_BTF=y (every large distribution since 2021)';
    return unavailable('type information of the kernel (BTF)', why, instead, '5.4');
  }
  const why = absent ? `module ${name} is not loaded, or was built without it` : error.message;
  return unavailable(`type information of module ${name} (BTF)`, why, `modprobe ${name}`, '5.11');
}

let running: RunningBtf | undefined;

function ofThisMachine(): RunningBtf {
  running ??= new RunningBtf();
  return running;
}

/** BTF of the running kernel, indexed once per process. */
export function runningBtf(): Btf | Unavailable {
  return ofThisMachine().vmlinux();
}

/** BTF of a loaded module, indexed once per process. */
export function moduleBtf(name: string): Btf | Unavailable {
  return ofThisMachine().module(name);
}

/** Names of loaded modules that have BTF. */
export function modulesWithBtf(): string[] {
  return ofThisMachine().modules();
}
