import type { ToolName } from '../kernel/index.ts';
import type { Stage } from './stage.ts';

export type Family = 'ipv4' | 'ipv6';

/** One cause, reproduced: data and a few small steps. The id is the cause's. */
export interface Scenario {
  readonly id: string;
  /** Other names by which it can be run. */
  readonly aliases?: readonly string[];
  /** Where it exists; the first is the default. */
  readonly families: readonly Family[];
  readonly build: (family: Family, keep: boolean) => Stage;
  /** What the healthy twin needs: services, routes, rules. */
  readonly setUp?: (stage: Stage) => Promise<void> | void;
  /** One exchange as a user of the network makes it: "ok", or what went wrong. */
  readonly exchange: (stage: Stage) => Promise<string>;
  /** The one thing that is changed, and how it is said. */
  readonly breaks: string;
  readonly breakIt: (stage: Stage) => Promise<void> | void;
  /** The packet filter that a user would give. */
  readonly filter: (stage: Stage) => string;
  /** Does what an advice asks, where the fix is not a command. */
  readonly heed?: (stage: Stage) => Promise<void> | void;
  /** How long the broken twin is watched; default 2.5 s. */
  readonly watchMs?: number;
  /** Exchanges that do not fail although something is wrong: then only the verdict tells. */
  readonly silent?: boolean;
  /** Programs, beside ip(8), that it takes to build or to break it. */
  readonly tools?: readonly Exclude<ToolName, 'libpcap'>[];
  /** Why this machine cannot reproduce it; asked after `setUp`. */
  readonly impossible?: (stage: Stage) => string | undefined;
}

export function scenarioOf(name: string, scenarios: readonly Scenario[]): Scenario | undefined {
  return scenarios.find(({ id, aliases }) => id === name || aliases?.includes(name));
}
