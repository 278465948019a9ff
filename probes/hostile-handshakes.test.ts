import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { GARBAGE, HostilePlace, rows } from './testing/hostile-place.js';
import { halfOf, says, saysWithoutEnd } from './testing/hostile-server.js';
import { Places } from './testing/places.js';

const place = new HostilePlace();
let places: Places;
beforeAll(async () => void (places = await Places.open()));
afterAll(() => places.close());

/** A record of TLS (RFC 8446 5.1). */
function record(type: number, payload: Buffer): Buffer {
  const head = Buffer.from([type, 3, 3, 0, 0]);
  head.writeUInt16BE(payload.length, 3);
  return Buffer.concat([head, payload]);
}
const ALERT = 21;
const HANDSHAKE = 22;

const HANDSHAKES = rows({
  garbage: ['TLS_FAILURE', () => says(GARBAGE)],
  'nothing at all': ['TIMEOUT', () => () => undefined],
  'the end of the connection': ['TLS_FAILURE', () => (socket) => void socket.once('data', () => socket.end())],
  'a reset': ['TLS_FAILURE', () => (socket) => void socket.once('data', () => socket.resetAndDestroy())],
  'the head of a record': ['TIMEOUT', () => says(Buffer.from([HANDSHAKE, 3, 3]))],
  'a hello of 16 MB, endlessly': [
    'TLS_FAILURE',
    () => saysWithoutEnd(record(HANDSHAKE, Buffer.alloc(16_384, 65)), record(HANDSHAKE, Buffer.from([2, 255, 255, 255]))),
  ],
  'empty records without end': ['TLS_FAILURE', () => saysWithoutEnd(record(HANDSHAKE, Buffer.alloc(0)))],
  'warnings without end': ['TLS_FAILURE', () => saysWithoutEnd(record(ALERT, Buffer.from([1, 0])))],
  'half a handshake': ['TIMEOUT', (real) => halfOf(real, 300, 'silence')],
  'half a handshake and the end': ['TLS_FAILURE', (real) => halfOf(real, 300, 'end')],
  'an answer of plain HTTP': ['TLS_FAILURE', () => says('HTTP/1.1 400 Bad Request\r\n\r\n')],
});

describe.each(['http', 'dns by TLS', 'dns by HTTPS'] as const)('%s, to a server that answers the hello of TLS by', (what) => {
  it.each(HANDSHAKES)('%s, ends with %s', async (_, code, attack) => {
    const { web, dns } = places.ports;
    const real = { http: web.secure, 'dns by TLS': dns.tls, 'dns by HTTPS': dns.https }[what];
    const port = await place.servers.plain(attack(real));
    const run = await (what === 'http'
      ? place.http(`https://127.0.0.1:${port}/`, code)
      : place.dns(what === 'dns by TLS' ? 'tls' : 'https', port, code));
    expect(run.error?.code).toBe(code);
  });
});
