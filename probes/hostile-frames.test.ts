import { describe, expect, it } from 'vitest';
import { ANSWER_HEAD, answersAndEnds, answersBy, FRAME, frame, goAway, reset, windowUpdate } from './testing/hostile-frames.js';
import { GARBAGE, HostilePlace, rows } from './testing/hostile-place.js';
import { says } from './testing/hostile-server.js';

const OK = 'HTTP/1.1 200 OK\r\n';
const place = new HostilePlace();

const FRAMES = rows({
  garbage: ['PROTOCOL', () => says(GARBAGE)],
  'nothing at all': ['TIMEOUT', () => () => undefined],
  'its settings alone': ['TIMEOUT', () => answersBy([])],
  'version 1.1': ['PROTOCOL', () => says(`${OK}content-length: 0\r\n\r\n`)],
  'a frame that is longer than allowed': ['TIMEOUT', () => answersBy([frame(FRAME.data, 0, 1, Buffer.alloc(0), 0xff_ff_ff)])],
  'the head of a stream that nobody opened': ['PROTOCOL', () => answersBy([frame(FRAME.headers, 4, 7, Buffer.from([0x88]))])],
  'a body without a head': ['TIMEOUT', () => answersBy([frame(FRAME.data, 1, 1, Buffer.from('x'))])],
  'a head that cannot be unpacked': ['TIMEOUT', () => answersBy([frame(FRAME.headers, 4, 1, Buffer.alloc(16, 0xff))])],
  'a head that goes on without end': [
    'PROTOCOL',
    () =>
      answersBy([frame(FRAME.headers, 0, 1, Buffer.from([0x88]))], frame(FRAME.continuation, 0, 1, Buffer.from('\u0000\u0001x\u0001y'))),
  ],
  'a head of no status': ['PROTOCOL', () => answersBy([frame(FRAME.headers, 5, 1, Buffer.from('\u0000\u0001x\u0001y'))])],
  'a push that was switched off': ['PROTOCOL', () => answersBy([frame(FRAME.push, 4, 1, Buffer.from([0, 0, 0, 2, 0x82]))])],
  'a window beyond all bounds': ['PROTOCOL', () => answersBy([windowUpdate(0, 0x7f_ff_ff_ff), windowUpdate(0, 0x7f_ff_ff_ff)])],
  'a window by nothing': ['PROTOCOL', () => answersBy([windowUpdate(1, 0)])],
  'the end of the connection, after half of its answer': [
    'PROTOCOL',
    () => answersAndEnds([ANSWER_HEAD, frame(FRAME.data, 0, 1, Buffer.from('x'))]),
  ],
  'settings of a wrong length': ['TIMEOUT', () => answersBy([frame(FRAME.settings, 0, 0, Buffer.alloc(5))])],
  'settings without end': ['PROTOCOL', () => answersBy([], frame(FRAME.settings, 0, 0))],
  'pings without end': ['PROTOCOL', () => answersBy([], frame(FRAME.ping, 0, 0, Buffer.alloc(8)))],
  'a goodbye': ['PROTOCOL', () => answersBy([goAway(0)])],
  'a goodbye for a fault': ['PROTOCOL', () => answersBy([goAway(11)])],
  'the end of the stream': ['PROTOCOL', () => answersBy([reset(0)])],
  'the end of the stream, cancelled': ['PROTOCOL', () => answersBy([reset(8)])],
  'the end of the stream, after its head': ['PROTOCOL', () => answersBy([ANSWER_HEAD, reset(8)])],
  'a body that does not end': ['PROTOCOL', () => answersBy([ANSWER_HEAD], frame(FRAME.data, 0, 1, Buffer.alloc(16_384)))],
  'empty pieces of a body without end': ['PROTOCOL', () => answersBy([ANSWER_HEAD], frame(FRAME.data, 0, 1))],
});

describe.each(['http of version 2', 'dns by HTTPS'])('%s, to a server that answers by', (what) => {
  it.each(FRAMES)('%s, ends with %s', async (_, code, attack) => {
    const port = await place.servers.tls(place.key, 'h2', attack(0));
    const run = await (what === 'dns by HTTPS'
      ? place.dns('https', port, code)
      : place.http(`https://127.0.0.1:${port}/`, code, { version: '2' }));
    expect(run.error?.code ?? null).toBe(code);
  });
});
