/**
 * What runs in a namespace: a program that takes one JSON request per line ({id, call, with}) and answers {id, value}
 * or {id, error}. It ends with its standard input, so that it never outlives the lab.
 */
export const AGENT_PROGRAM = `
import { createInterface } from 'node:readline';
import { createServer, connect } from 'node:net';
import { createSocket } from 'node:dgram';
import { writeSync } from 'node:fs';

const held = new Map();
const hold = (name, thing) => { held.get(name)?.close?.(); held.set(name, thing); };
const slow = Number(process.env.NETWHY_LAB_SLOWNESS ?? 1);
// Patience is measured in what this machine can do.
const giveUp = (end, ms) => setTimeout(end, ms * slow);
const later = ms => new Promise(done => setTimeout(done, ms));
const quiet = socket => socket.on('error', () => undefined);
const family = host => (host.includes(':') ? 'udp6' : 'udp4');

const SERVERS = {
  echo: socket => socket.pipe(socket),
  discard: socket => socket.resume(),
  hold: () => undefined,
  // Closes while what it was sent is still unread.
  rude: socket => { setTimeout(() => socket.destroy(), 60); },
  reset: socket => socket.once('data', () => socket.resetAndDestroy()),
  // Answers, closes first, and lets the peer go on.
  hasty: socket => socket.once('data', () => { socket.write('bye'); socket.destroySoon(); }),
};

const calls = {
  listen: ({ port, host, how = 'echo', backlog = 511 }) => new Promise((done, failed) => {
    held.get('tcp' + port)?.close();
    const sockets = new Set();
    const server = createServer({ allowHalfOpen: how === 'echo', pauseOnConnect: how === 'rude' || how === 'hold' }, socket => {
      quiet(socket);
      sockets.add(socket);
      socket.on('close', () => sockets.delete(socket));
      SERVERS[how](socket);
    });
    const close = server.close.bind(server);
    server.on('error', failed);
    server.listen({ port, host, backlog }, () => {
      hold('tcp' + port, { close: () => { for (const socket of sockets) socket.destroy(); close(); } });
      done('listening');
    });
  }),
  unlisten: async ({ name }) => { held.get(name)?.close(); held.delete(name); await later(20); return 'closed'; },
  listenUdp: ({ port, host, how = 'echo', buffer }) => new Promise((done, failed) => {
    const socket = createSocket({ type: family(host), ...(buffer ? { recvBufferSize: buffer } : {}) });
    socket.on('error', failed);
    const count = { close: () => socket.close(), received: 0 };
    if (how === 'echo') socket.on('message', (text, from) => socket.send(text, from.port, from.address));
    if (how === 'count') socket.on('message', () => { count.received++; });
    socket.bind(port, host, () => { hold('udp' + port, count); done('bound'); });
  }),
  received: ({ port }) => held.get('udp' + port).received,
  tcp: ({ port, host, size = 64, wait = 700, from, localPort }) => new Promise(done => {
    const socket = connect({ port, host, ...(from ? { localAddress: from } : {}), ...(localPort ? { localPort } : {}) });
    let got = 0;
    const end = text => { clearTimeout(timer); socket.destroy(); done(text); };
    const timer = giveUp(() => end('timeout'), wait);
    socket.on('error', error => end(error.code ?? error.message));
    socket.on('connect', () => socket.write(Buffer.alloc(size, 'n')));
    socket.on('data', data => { got += data.length; if (got >= size) { socket.end(); } });
    socket.on('end', () => { if (got < size) end('closed early'); });
    socket.on('close', () => end(got >= size ? 'ok' : 'closed early'));
  }),
  // Sends, waits, sends again whatever came meanwhile, and reads to the end.
  ask: ({ port, host, size = 64, wait = 1200, pause = 0 }) => new Promise(done => {
    const socket = connect({ port, host, allowHalfOpen: true });
    let got = 0;
    let over = false;
    const end = text => { clearTimeout(timer); socket.destroy(); done(text); };
    const timer = giveUp(() => end('timeout'), wait);
    socket.on('error', error => end(error.code ?? error.message));
    socket.on('connect', async () => {
      socket.write(Buffer.alloc(size, 'n'));
      await later(pause);
      for (let i = 0; pause && i < 2 && !socket.destroyed; i++) {
        socket.write(Buffer.alloc(size, 'm'));
        await later(60);
      }
      await later(100);
      if (socket.destroyed) return;
      if (over) end('ok');
      socket.end();
    });
    socket.on('data', data => { got += data.length; });
    socket.on('end', () => { over = true; if (socket.writableEnded) end(got > 0 ? 'ok' : 'closed early'); });
    socket.on('close', () => end(got > 0 ? 'ok' : 'closed early'));
  }),
  open: ({ name, port, host, localPort }) => new Promise(done => {
    const socket = connect({ port, host, ...(localPort ? { localPort } : {}) });
    quiet(socket);
    let closed = '';
    socket.on('error', error => { closed = error.code; });
    socket.on('close', () => { closed ||= 'closed'; });
    const timer = giveUp(() => done('timeout'), 700);
    socket.on('connect', () => {
      clearTimeout(timer);
      hold(name, { close: () => socket.destroy(), socket, state: () => closed });
      done(socket.localPort);
    });
    socket.on('error', error => { clearTimeout(timer); done(error.code); });
  }),
  // One exchange over a connection that 'open' made.
  over: ({ name, size = 64, wait = 900 }) => new Promise(done => {
    const { socket, state } = held.get(name);
    if (state()) return done(state());
    let got = 0;
    const end = text => { clearTimeout(timer); socket.off('data', take); socket.off('close', gone); done(text); };
    const take = data => { got += data.length; if (got >= size) end('ok'); };
    const gone = () => end(state() || 'closed');
    const timer = giveUp(() => end('timeout'), wait);
    socket.on('data', take).on('close', gone);
    socket.write(Buffer.alloc(size, 'n'));
  }),
  // A new connection that is given more than any buffer holds.
  pump: ({ port, host, bytes, wait = 900 }) => new Promise(done => {
    const socket = connect({ port, host });
    const end = text => { clearTimeout(timer); socket.destroy(); done(text); };
    const timer = giveUp(() => end('stalled'), wait);
    socket.on('error', error => end(error.code ?? error.message));
    socket.on('connect', () => socket.write(Buffer.alloc(bytes, 'p'), () => end('ok')));
  }),
  // Datagrams at once, each of which has to come back.
  burst: ({ port, host, count, size = 1000, wait = 900 }) => new Promise(done => {
    const socket = createSocket(family(host));
    let back = 0;
    const end = text => { clearTimeout(timer); socket.close(); done(text); };
    const timer = giveUp(() => end((count - back) + ' of ' + count + ' lost'), wait);
    socket.on('error', () => undefined);
    socket.on('message', () => { if (++back === count) end('ok'); });
    socket.connect(port, host, () => { for (let i = 0; i < count; i++) socket.send(Buffer.alloc(size, 'b')); });
  }),
  storm: async ({ port, host, count }) => {
    const sockets = Array.from({ length: count }, () => connect({ port, host }).on('error', () => undefined));
    const known = held.get('storm')?.sockets ?? [];
    held.set('storm', { sockets: [...known, ...sockets], close: () => { for (const one of held.get('storm').sockets) one.destroy(); } });
    await later(300);
    return 'sent';
  },
  udp: ({ port, host, size = 32, wait = 400, ttl, from }) => new Promise(done => {
    const socket = createSocket(family(host));
    const end = text => { clearTimeout(timer); socket.close(); done(text); };
    const timer = giveUp(() => end('timeout'), wait);
    socket.on('error', error => end(error.code ?? error.message));
    socket.on('message', () => end('ok'));
    socket.bind(0, from, () => {
      if (ttl) socket.setTTL(ttl);
      socket.connect(port, host, error => {
        if (error) return end(error.code ?? error.message);
        socket.send(Buffer.alloc(size, 'u'), failed => { if (failed) end(failed.code ?? failed.message); });
      });
    });
  }),
  flood: ({ port, host, count, size = 1000 }) => new Promise(done => {
    const socket = createSocket(family(host));
    let left = count;
    socket.connect(port, host, () => {
      for (let i = 0; i < count; i++) socket.send(Buffer.alloc(size, 'f'), () => { if (--left === 0) { socket.close(); done('sent'); } });
    });
    socket.on('error', () => undefined);
  }),
};

createInterface({ input: process.stdin }).on('line', async line => {
  const { id, call, with: args } = JSON.parse(line);
  let answer;
  try { answer = { id, value: await calls[call](args) }; } catch (error) { answer = { id, error: error.message }; }
  writeSync(1, JSON.stringify(answer) + '\\n');
}).on('close', () => process.exit(0));
writeSync(1, '{"id":0,"value":"ready"}\\n');
`;
