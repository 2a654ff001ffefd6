import { execFileSync, spawnSync } from 'node:child_process';
import { statSync } from 'node:fs';
import type { Place } from '../reading.ts';

/** Two throw-away namespaces joined by a veth pair: 10.77.0.1 and fd77::1 in the first, .2 in the second. */
export interface Twin extends Disposable {
  readonly client: Place;
  readonly server: Place;
}

export const CLIENT = { ipv4: '10.77.0.1', ipv6: 'fd77::1', device: 'nwc' } as const;
export const SERVER = { ipv4: '10.77.0.2', ipv6: 'fd77::2', device: 'nws' } as const;

/** `tag` keeps the names of test files apart; the namespaces are gone after dispose. */
export function twin(tag: string): Twin {
  const [client, server] = [`nw${process.pid}${tag}c`, `nw${process.pid}${tag}s`];
  const remove = (): void => {
    for (const name of [client, server]) spawnSync('ip', ['netns', 'del', name], { stdio: 'ignore' });
  };
  try {
    for (const name of [client, server]) run('ip', 'netns', 'add', name);
    run('ip', '-n', client, 'link', 'add', CLIENT.device, 'type', 'veth', 'peer', SERVER.device, 'netns', server);
    for (const [name, end] of [
      [client, CLIENT],
      [server, SERVER],
    ] as const)
      configure(name, end);
    return { client: placeOf(client), server: placeOf(server), [Symbol.dispose]: remove };
  } catch (error) {
    remove();
    throw error;
  }
}

function configure(name: string, { ipv4, ipv6, device }: typeof CLIENT | typeof SERVER): void {
  run('ip', '-n', name, 'link', 'set', 'lo', 'up');
  run('ip', '-n', name, 'link', 'set', device, 'up');
  run('ip', '-n', name, 'addr', 'add', `${ipv4}/24`, 'dev', device);
  run('ip', '-n', name, 'addr', 'add', `${ipv6}/64`, 'dev', device, 'nodad');
}

export function placeOf(name: string): Place {
  const path = `/run/netns/${name}`;
  return { name, path, inode: statSync(path).ino };
}

export function run(program: string, ...args: string[]): string {
  return execFileSync(program, args, { encoding: 'utf8' });
}

/** Runs a command inside; its exit code does not matter. */
export function runIn(place: Place, program: string, ...args: string[]): string {
  return spawnSync('ip', ['netns', 'exec', place.name, program, ...args], { encoding: 'utf8' }).stdout;
}

/** Feeds nft inside the namespace; throws what nft says. */
export function nft(place: Place, commands: string): void {
  execFileSync('ip', ['netns', 'exec', place.name, 'nft', '-f', '-'], { input: commands });
}

/** An emulated machine takes seconds to start a shell. */
const SLOW = process.env.NETWHY_SLOW === '1';

/** Sends one UDP packet, or tries one TCP connection for a moment, from inside. */
export function knock(place: Place, protocol: 'tcp' | 'udp', address: string, port: number): void {
  runIn(place, 'timeout', SLOW ? '4' : '0.3', 'bash', '-c', `echo hi > /dev/${protocol}/${address}/${port}`);
}

export async function until(done: () => boolean, ms = 5000): Promise<void> {
  for (const end = Date.now() + (SLOW ? ms * 6 : ms); !done() && Date.now() < end; ) await new Promise(r => setTimeout(r, 20));
}
