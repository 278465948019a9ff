import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { GARBAGE, HostilePlace, rows } from './testing/hostile-place.js';
import { drips, says, saysAndEnds, saysWithoutEnd } from './testing/hostile-server.js';

const place = new HostilePlace();
const MB = 2 ** 20;

const OK = 'HTTP/1.1 200 OK\r\n';
const BOMB = gzipSync(Buffer.alloc(200 * MB));

const ANSWERS = rows({
  garbage: ['PROTOCOL', () => says(GARBAGE)],
  'a header that does not end': ['PROTOCOL', () => saysWithoutEnd('x'.repeat(1_000), `${OK}x: `)],
  'headers that do not end': ['PROTOCOL', () => saysWithoutEnd('x: y\r\n', OK)],
  'a status line that does not end': ['PROTOCOL', () => saysWithoutEnd('x'.repeat(1_000), 'HTTP/1.1 200 ')],
  'interim answers without end': ['TIMEOUT', () => saysWithoutEnd('HTTP/1.1 100 Continue\r\n\r\n')],
  'a byte now and then': ['TIMEOUT', () => drips(`${OK}${'x: y\r\n'.repeat(100)}`, 5)],
  'a body that does not end': ['PROTOCOL', () => saysWithoutEnd(Buffer.alloc(65_536), `${OK}\r\n`)],
  'chunks without end': ['PROTOCOL', () => saysWithoutEnd(`4000\r\n${'x'.repeat(0x4000)}\r\n`, `${OK}transfer-encoding: chunked\r\n\r\n`)],
  'a chunk of any size': ['PROTOCOL', () => says(`${OK}transfer-encoding: chunked\r\n\r\nffffffffffffffffff\r\n`)],
  'the extension of a chunk, without end': [
    'PROTOCOL',
    () => saysWithoutEnd('x'.repeat(1_000), `${OK}transfer-encoding: chunked\r\n\r\n1;`),
  ],
  'a trailer without end': ['PROTOCOL', () => saysWithoutEnd('x: y\r\n', `${OK}transfer-encoding: chunked\r\n\r\n0\r\n`)],
  'two lengths': ['PROTOCOL', () => says(`${OK}content-length: 1\r\ncontent-length: 2\r\n\r\nxx`)],
  'a length and chunks': ['PROTOCOL', () => says(`${OK}content-length: 1\r\ntransfer-encoding: chunked\r\n\r\n`)],
  'a negative length': ['PROTOCOL', () => says(`${OK}content-length: -1\r\n\r\n`)],
  'less than it said': ['PROTOCOL', () => saysAndEnds(`${OK}content-length: 100\r\n\r\nxx`)],
  'more than it said': ['PROTOCOL', () => saysAndEnds(`${OK}content-length: 2\r\n\r\n${'x'.repeat(100_000)}`)],
  'a status that there is not': ['ASSERTION_FAILED', () => says('HTTP/1.1 999 x\r\ncontent-length: 0\r\n\r\n')],
  'a redirection to a file': ['PROTOCOL', () => says('HTTP/1.1 302 Found\r\nlocation: file:///etc/passwd\r\ncontent-length: 0\r\n\r\n')],
  'a redirection to a script': ['PROTOCOL', () => says('HTTP/1.1 302 Found\r\nlocation: javascript:alert(1)\r\ncontent-length: 0\r\n\r\n')],
  'a redirection to no URL': [
    'PROTOCOL',
    () => says('HTTP/1.1 302 Found\r\nlocation: http://[::1%25$(reboot)]/\r\ncontent-length: 0\r\n\r\n'),
  ],
  'a body that unfolds to 200 MB': [
    null,
    () => (socket) => void socket.once('data', () => socket.end(Buffer.concat([Buffer.from(`${OK}content-encoding: gzip\r\n\r\n`), BOMB]))),
  ],
  'a body that is no gzip': [null, () => says(`${OK}content-encoding: gzip\r\ncontent-length: 2\r\n\r\nxx`)],
  'Server-Timing full of quotes': [null, () => says(`${OK}content-length: 0\r\nserver-timing: ${'"\\'.repeat(30_000)}\r\n\r\n`)],
});

describe('http and dns by HTTPS, both of version 1.1, to a server that answers by', () => {
  it.each(ANSWERS)('%s, ends with %s', async (_, code, attack) => {
    const plain = await place.servers.plain(attack(0));
    expect((await place.http(`http://127.0.0.1:${plain}/`, code)).error?.code ?? null).toBe(code);
    const secure = await place.servers.tls(place.key, 'http/1.1', attack(0));
    expect((await place.http(`https://127.0.0.1:${secure}/`, code)).error?.code ?? null).toBe(code);
    // What is good for a browser is no answer of DNS.
    const ofDns = code === 'TIMEOUT' ? code : 'PROTOCOL';
    expect((await place.dns('https', secure, ofDns)).error?.code).toBe(ofDns);
  });
});
