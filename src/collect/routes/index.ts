/**
 * collect/routes: the way a packet takes through a namespace: routes, policy rules, neighbours, interfaces, programs.
 *
 * Promises: the kernel itself is asked, in the packet's own namespace and with its own addresses and mark; nothing is
 * changed. A lookup that fails is a result (`none`, `blackhole`, `prohibit` …), not an error.
 */
export {
  filtersVlans,
  isLocal,
  type LinkAddress,
  type LinkState,
  parseLinks,
  readLinks,
  vlansOn,
} from './links.ts';
export { type Neighbour, parseNeighbours, readNeighbours } from './neighbours.ts';
export {
  type CgroupPrograms,
  cgroupPrograms,
  type DevicePrograms,
  devicePrograms,
  parseFilters,
} from './programs.ts';
export { parseRoute, type Route, type RouteQuestion, type RouteType, routeOf } from './route.ts';
export { parseRoutingRules, type RoutingRule, readRoutingRules } from './rules.ts';
