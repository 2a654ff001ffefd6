import { isUnavailable, type Unavailable } from '../base/index.ts';
import type { Btf } from '../btf/index.ts';
import type { NameSources } from '../collect/index.ts';
import { isBenignDrop, packetDecides } from '../diagnose/index.ts';
import { Clock, DropReasons, Kallsyms, moduleBtf, NetnsNames, runningBtf } from '../kernel/index.ts';

/** What every live command needs to know of the machine it runs on; each part is read when first asked for. */
export class Machine {
  readonly kallsyms: Kallsyms = new Kallsyms();
  readonly clock: Clock = new Clock();
  readonly namespaces: NetnsNames = new NetnsNames();
  private readReasons: DropReasons | undefined;

  /** Throws the Unavailable value when the kernel has no BTF. */
  get btf(): Btf {
    return orThrow(runningBtf());
  }

  get reasons(): DropReasons {
    this.readReasons ??= new DropReasons(this.btf, name => orUndefined(moduleBtf(name)));
    return this.readReasons;
  }

  names(): NameSources {
    return {
      kallsyms: this.kallsyms,
      clock: this.clock,
      reasons: this.reasons,
      netnsNameOf: inode => this.namespaces.nameOf(inode) ?? null,
      benign: { isBenign: drop => isBenignDrop(drop).benign, packetDecides },
    };
  }
}

/** Unavailable values cross a room's surface as values; a command that cannot go on throws them to its caller. */
export function orThrow<T>(value: T | Unavailable): T {
  if (isUnavailable(value)) throw value;
  return value;
}

function orUndefined<T>(value: T | Unavailable): T | undefined {
  return isUnavailable(value) ? undefined : value;
}
