import { readText } from './read-file.ts';

/** Families of distributions that call their packages alike. */
export type DistributionFamily = 'debian' | 'fedora' | 'alpine' | 'arch' | 'suse';

export interface Distribution {
  /** PRETTY_NAME: "Debian GNU/Linux 12 (bookworm)". */
  readonly title: string;
  readonly family: DistributionFamily | undefined;
}

const FAMILY_OF: Readonly<Record<string, DistributionFamily>> = {
  debian: 'debian',
  ubuntu: 'debian',
  fedora: 'fedora',
  rhel: 'fedora',
  centos: 'fedora',
  rocky: 'fedora',
  almalinux: 'fedora',
  amzn: 'fedora',
  ol: 'fedora',
  alpine: 'alpine',
  arch: 'arch',
  archarm: 'arch',
  suse: 'suse',
  opensuse: 'suse',
  sles: 'suse',
};

/** From the text of os-release(5); ID decides, then the words of ID_LIKE in their order. */
export function parseOsRelease(text: string): Distribution {
  const fields = new Map(
    [...text.matchAll(/^([A-Z_0-9]+)=(?:"([^"]*)"|'([^']*)'|(.*))$/gm)].map(found => [
      found[1]!,
      found[2] ?? found[3] ?? found[4] ?? '',
    ]),
  );
  const words = [fields.get('ID') ?? '', ...(fields.get('ID_LIKE') ?? '').split(/\s+/)];
  const family = words.map(word => FAMILY_OF[word.replace(/-.*/, '')]).find(found => found !== undefined);
  return { title: fields.get('PRETTY_NAME') ?? fields.get('NAME') ?? 'this system', family };
}

let known: Distribution | undefined;

/** The distribution this process runs on (in a container: the container's). */
export function distribution(): Distribution {
  known ??= parseOsRelease(readText('/etc/os-release') ?? readText('/usr/lib/os-release') ?? '');
  return known;
}
