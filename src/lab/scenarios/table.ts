import type { Scenario } from '../scenario.ts';
import { conntrackTableFull } from './conntrack.ts';
import {
  checksumBad,
  fragmentLost,
  linkNoCarrier,
  mtuExceeded,
  neighbourUnresolved,
  protocolUnknown,
  qdiscLimit,
  tcDrop,
  vlanUnknown,
  wrongMac,
} from './link.ts';
import { conntrackInvalidReset, outOfWindow, snatPortsExhausted } from './nat.ts';
import {
  conntrackInvalidDropped,
  netfilterPolicyDrop,
  netfilterReject,
  netfilterRuleDrop,
} from './netfilter.ts';
import { cgroupBpfDrop, socketFilterDrop } from './programs.ts';
import { nothingDroppedHere } from './quiet.ts';
import {
  forwardingDisabled,
  martianSource,
  noRouteForward,
  noRouteOutput,
  routeTypeDrop,
  rpFilterStrict,
  ttlExceeded,
} from './routing.ts';
import {
  acceptQueueFull,
  appClosedWithUnreadData,
  appResetOnLinger,
  segmentAfterTimewait,
  tcpNoListener,
  udpNoListener,
  udpReceiveBufferFull,
  zeroWindow,
} from './sockets.ts';

/** One scenario per cause, in the order of the causes. */
export const SCENARIOS: readonly Scenario[] = [
  conntrackTableFull,
  snatPortsExhausted,
  conntrackInvalidReset,
  conntrackInvalidDropped,
  netfilterRuleDrop,
  netfilterPolicyDrop,
  netfilterReject,
  rpFilterStrict,
  martianSource,
  noRouteOutput,
  noRouteForward,
  forwardingDisabled,
  routeTypeDrop,
  neighbourUnresolved,
  acceptQueueFull,
  udpReceiveBufferFull,
  tcpNoListener,
  udpNoListener,
  qdiscLimit,
  linkNoCarrier,
  mtuExceeded,
  ttlExceeded,
  checksumBad,
  wrongMac,
  vlanUnknown,
  protocolUnknown,
  socketFilterDrop,
  cgroupBpfDrop,
  tcDrop,
  fragmentLost,
  appClosedWithUnreadData,
  appResetOnLinger,
  segmentAfterTimewait,
  zeroWindow,
  outOfWindow,
  nothingDroppedHere,
];
