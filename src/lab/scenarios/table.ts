import type { Scenario } from '../scenario.ts';
import { conntrackTableFull } from './conntrack.ts';
import { rpFilterStrict } from './routing.ts';
import { tcpNoListener } from './sockets.ts';

/** One scenario per cause. */
export const SCENARIOS: readonly Scenario[] = [conntrackTableFull, rpFilterStrict, tcpNoListener];
