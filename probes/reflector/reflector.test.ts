import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { afterEach, describe, expect, it } from 'vitest';
import { kernelAvailability } from '../kernel/libc.js';
import { controlRequest, REQUEST_BYTES } from '../kernel/stamp/control.js';
import { ntpNow } from '../kernel/stamp/ntp.js';
import { StampKey } from '../kernel/stamp/seal.js';
import { TLV_TYPE } from '../kernel/stamp/tlv.js';
import { Reflector, ReflectorError } from './reflector.js';

const SECRET = 'a-key-that-both-ends-know';
const KEY = new StampKey(SECRET);
const kernel = kernelAvailability();
const why = kernel.available ? '' : ` (skipped: ${kernel.reason})`;

describe.skipIf(!kernel.available)(`a reflector${why}`, () => {
  const closing: (() => unknown)[] = [];
  afterEach(async () => void (await Promise.all(closing.splice(0).map((close) => close()))));

  function open(address: string): Reflector {
    const reflector = Reflector.open({ address, port: 0, key: SECRET }, (message) => expect.unreachable(message));
    closing.push(() => reflector.close());
    return reflector;
  }

  async function client(type: 'udp4' | 'udp6', port: number): Promise<Socket> {
    const socket = createSocket(type);
    closing.push(() => socket.close());
    socket.connect(port, type === 'udp4' ? '127.0.0.1' : '::1');
    await once(socket, 'connect');
    return socket;
  }

  async function ask(socket: Socket, packet: Buffer): Promise<Buffer> {
    socket.send(packet);
    const [reply] = (await once(socket, 'message')) as [Buffer];
    return reply;
  }

  const request = (bytes: number, sequence: number, cookie?: Buffer, key = KEY): Buffer =>
    controlRequest(key, { sequence, timestamp: ntpNow(), errorEstimate: 1, session: 1 }, bytes, cookie);

  async function cookieFor(socket: Socket): Promise<Buffer> {
    const reply = await ask(socket, request(REQUEST_BYTES, 0));
    const cookie = KEY.open(reply)?.find(({ type }) => type === TLV_TYPE.returnCookie)?.value;
    if (!cookie) throw new Error('the reply has no cookie');
    return cookie;
  }

  it.each([
    ['127.0.0.1', 'udp4', 65_507],
    ['0.0.0.0', 'udp4', 65_507],
    ['::1', 'udp6', 65_488],
    ['::', 'udp6', 65_488],
    ['::', 'udp4', 65_507],
  ] as const)('on %s answers over %s, with whole packets of up to %i bytes', async (address, type, largest) => {
    const reflector = open(address);
    const socket = await client(type, reflector.port);
    const cookie = await cookieFor(socket);
    expect((await ask(socket, request(largest, 1, cookie))).length).toBe(largest);
    // One more byte is more than the loopback carries (or than there is): the reply says so, and is no larger than the request.
    expect((await ask(socket, request(largest + 1, 2, cookie))).length).toBe(REQUEST_BYTES);
    expect(reflector.counters).toMatchObject({ answered: 3, unsent: 0 });
  });

  it('says nothing to strangers, and counts why', async () => {
    const reflector = open('127.0.0.1');
    const socket = await client('udp4', reflector.port);
    const cookie = await cookieFor(socket);
    const heard: Buffer[] = [];
    const twice = request(1000, 1, cookie);
    await ask(socket, twice);
    socket.on('message', (packet) => heard.push(packet));
    const packets = [request(1000, 2, cookie, new StampKey('a-key-of-somebody-else')), Buffer.alloc(3), Buffer.alloc(9000, 255), twice];
    for (const packet of packets) socket.send(packet);
    // The last one is answered, after all before it were taken.
    const last = request(999, 3, cookie);
    socket.send(last);
    await once(socket, 'message');
    expect(heard.map(({ length }) => length)).toEqual([999]);
    expect(reflector.counters).toEqual({ answered: 3, unsent: 0, malformed: 2, unauthentic: 1, replayed: 1, limited: 0 });
  });

  it('is not opened where its port is taken, or where the address is none of this host', () => {
    const { port } = open('127.0.0.1');
    const config = { address: '127.0.0.1', port, key: SECRET };
    const again = (): Reflector => Reflector.open(config, () => undefined);
    expect(again).toThrow(ReflectorError);
    expect(again).toThrow(`cannot listen on 127.0.0.1:${port}: another program has that port; choose another (EADDRINUSE)`);
    expect(() => Reflector.open({ ...config, address: '192.0.2.1' }, () => undefined)).toThrow(/does not have that address/);
  });
});
