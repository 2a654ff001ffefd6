import type { Cause } from './cause.ts';
import {
  conntrackInvalidDropped,
  conntrackInvalidReset,
  conntrackTableFull,
  snatPortsExhausted,
} from './conntrack.ts';
import {
  linkNoCarrier,
  mtuExceeded,
  neighbourUnresolved,
  qdiscLimit,
  vlanUnknown,
  wrongMac,
} from './link.ts';
import { netfilterPolicyDrop, netfilterReject, netfilterRuleDrop } from './netfilter.ts';
import { checksumBad, fragmentLost, protocolUnknown } from './packet.ts';
import { cgroupBpfDrop, socketFilterDrop, tcDrop } from './programs.ts';
import { nothingDroppedHere } from './quiet.ts';
import { forwardingDisabled, noRouteForward, noRouteOutput, routeTypeDrop, ttlExceeded } from './routing.ts';
import { acceptQueueFull, tcpNoListener, udpNoListener, udpReceiveBufferFull } from './socket.ts';
import { martianSource, rpFilterStrict } from './source-address.ts';
import {
  appClosedWithUnreadData,
  appResetOnLinger,
  outOfWindow,
  segmentAfterTimewait,
  zeroWindow,
} from './tcp.ts';

/** Every cause that the judge knows. The ids are stable. */
export const CAUSES: readonly Cause[] = [
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

export function causeOf(id: string): Cause | undefined {
  return CAUSES.find(cause => cause.id === id);
}
