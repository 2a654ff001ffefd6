import { PORT, type Stage } from '../stage.ts';

/** TCP echo on the server's port. */
export async function serveTcp(
  { server, at }: Stage,
  how: string | undefined = 'echo',
  backlog = 511,
): Promise<void> {
  await (await server.agent()).call('listen', { port: PORT, host: at.server, how, backlog });
}

/** UDP echo on the server's port. */
export async function serveUdp({ server, at }: Stage, how = 'echo', buffer?: number): Promise<void> {
  await (await server.agent()).call('listenUdp', { port: PORT, host: at.server, how, buffer });
}

/** A connection, some bytes there and back, an orderly end. */
export async function tcpEcho(
  { client, at }: Stage,
  more: Readonly<Record<string, unknown>> = {},
): Promise<string> {
  return (await client.agent()).call('tcp', { port: PORT, host: at.server, ...more });
}

/** A datagram there and back. */
export async function udpEcho(
  { client, at }: Stage,
  more: Readonly<Record<string, unknown>> = {},
): Promise<string> {
  return (await client.agent()).call('udp', { port: PORT, host: at.server, ...more });
}

export const tcpFilter = ({ at }: Stage): string => `host ${at.server} and tcp port ${PORT}`;
export const udpFilter = ({ at }: Stage): string => `host ${at.server} and udp port ${PORT}`;
