import { OutsideWire } from './outside-wire.ts';
import type { Family } from './scenario.ts';
import { addressLine, type Host, World } from './world.ts';

/** Port of the lab's services. */
export const PORT = 8080;

/** Who is there, and how they are called. */
export interface Stage {
  readonly world: World;
  readonly family: Family;
  readonly client: Host;
  /** The same as `server` where there is none between. */
  readonly router: Host;
  readonly server: Host;
  readonly at: Addresses;
  /** A drawing of it. */
  readonly drawing: string;
  /** What a scenario remembers between its steps. */
  readonly notes: Map<string, string>;
  /** Things that a scenario needs again. */
  readonly props: Map<string, unknown>;
}

export interface Addresses {
  readonly client: string;
  /** The router's end towards the client; in a pair the server's. */
  readonly gateway: string;
  /** The router's end towards the server. */
  readonly inner: string;
  readonly server: string;
}

const PAIR: Readonly<Record<Family, Addresses>> = {
  ipv4: { client: '10.99.0.1', gateway: '10.99.0.2', inner: '10.99.0.2', server: '10.99.0.2' },
  ipv6: { client: 'fd99::1', gateway: 'fd99::2', inner: 'fd99::2', server: 'fd99::2' },
};
const ROUTED: Readonly<Record<Family, Addresses>> = {
  ipv4: { client: '10.99.0.1', gateway: '10.99.0.254', inner: '10.99.1.254', server: '10.99.1.1' },
  ipv6: { client: 'fd99::1', gateway: 'fd99::fe', inner: 'fd99:1::fe', server: 'fd99:1::1' },
};

const BITS: Readonly<Record<Family, number>> = { ipv4: 24, ipv6: 64 };

function withBits(name: keyof Addresses, table: Readonly<Record<Family, Addresses>>): string[] {
  return (['ipv4', 'ipv6'] as const).map(family => `${table[family][name]}/${BITS[family]}`);
}

/** client c0 — s0 server. */
export function pair(family: Family, keep = false): Stage {
  const world = new World(keep);
  return guarded(world, () => {
    const [client, server] = [world.host('client'), world.host('server')];
    world.veth(
      { host: client, ifname: 'c0', addresses: withBits('client', PAIR) },
      { host: server, ifname: 's0', addresses: withBits('server', PAIR) },
    );
    const at = PAIR[family];
    const drawing = `${client.netns} ${at.client} c0 ───── s0 ${at.server} ${server.netns}`;
    return { world, family, client, router: server, server, at, drawing, ...fresh() };
  });
}

/** client c0 — r0 router r1 — s0 server; both ends have default routes. */
export function routed(family: Family, keep = false): Stage {
  const world = new World(keep);
  return guarded(world, () => {
    const [client, router, server] = [world.host('client'), world.host('router'), world.host('server')];
    world.veth(
      { host: client, ifname: 'c0', addresses: withBits('client', ROUTED) },
      { host: router, ifname: 'r0', addresses: withBits('gateway', ROUTED) },
    );
    world.veth(
      { host: router, ifname: 'r1', addresses: withBits('inner', ROUTED) },
      { host: server, ifname: 's0', addresses: withBits('server', ROUTED) },
    );
    const { ipv4, ipv6 } = ROUTED;
    client.ip(`route add default via ${ipv4.gateway}`, `route add default via ${ipv6.gateway}`);
    server.ip(`route add default via ${ipv4.inner}`, `route add default via ${ipv6.inner}`);
    router.sysctl('net.ipv4.ip_forward=1', 'net.ipv6.conf.all.forwarding=1');
    const at = ROUTED[family];
    const drawing = `${client.netns} ${at.client} c0 ── r0 ${router.netns} r1 ── s0 ${at.server} ${server.netns}`;
    return { world, family, client, router, server, at, drawing, ...fresh() };
  });
}

/** client tap0 — (this process) — tap0 server: what happens between is not the kernel's doing. */
export function apart(family: Family, keep = false): Stage {
  const world = new World(keep);
  return guarded(world, () => {
    const [client, server] = [world.host('client'), world.host('server')];
    const wire = world.owns(new OutsideWire(client, server, 'tap0'));
    for (const [host, name] of [
      [client, 'client'],
      [server, 'server'],
    ] as const)
      host.ip('link set tap0 up', ...withBits(name, PAIR).map(one => addressLine(one, 'tap0')));
    const at = PAIR[family];
    const drawing = `${client.netns} ${at.client} tap0 ── outside ── tap0 ${at.server} ${server.netns}`;
    const { notes, props } = fresh();
    props.set('wire', wire);
    return { world, family, client, router: server, server, at, drawing, notes, props };
  });
}

function fresh(): Pick<Stage, 'notes' | 'props'> {
  return { notes: new Map(), props: new Map() };
}

function guarded(world: World, build: () => Stage): Stage {
  try {
    return build();
  } catch (error) {
    world[Symbol.dispose]();
    throw error;
  }
}
