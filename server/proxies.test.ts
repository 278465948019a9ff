import type { IncomingMessage } from 'node:http';
import { describe, expect, it } from 'vitest';
import { clientAddress, clientHost, isNetwork, trustOf, type TrustedProxies } from './proxies.js';

function request(remoteAddress: string, headers: Record<string, string>): IncomingMessage {
  return { socket: { remoteAddress }, headers: { host: 'inside:4000', ...headers } } as unknown as IncomingMessage;
}

describe('the address of a client', () => {
  const from = (trusted: TrustedProxies, forwarded: string, remoteAddress = '10.0.0.1') =>
    clientAddress(trustOf(trusted), request(remoteAddress, { 'x-forwarded-for': forwarded }));

  it('is that of the connection where no proxy is trusted', () => {
    expect(from(false, '203.0.113.9')).toBe('10.0.0.1');
  });

  it('is what the nearest proxy says, not what the client told it', () => {
    expect(from(true, '198.51.100.1, 203.0.113.9')).toBe('203.0.113.9');
  });

  it('is the last one that is no proxy of ours, where those are listed', () => {
    expect(from(['10.0.0.0/8'], '198.51.100.1, 203.0.113.9, 10.0.0.2')).toBe('203.0.113.9');
    expect(from(['10.0.0.0/8'], '203.0.113.9', '192.0.2.1')).toBe('192.0.2.1');
    expect(from(['10.0.0.1', '2001:db8::/32'], '203.0.113.9', '::ffff:10.0.0.1')).toBe('203.0.113.9');
    expect(from(['2001:db8::/32'], '203.0.113.9', '2001:db8::7')).toBe('203.0.113.9');
  });
});

describe('the host that a client asked for', () => {
  it('is the word of a trusted proxy, and of nobody else', () => {
    const asked = request('10.0.0.1', { 'x-forwarded-host': 'streamswarm.example' });
    expect(clientHost(trustOf(true), asked)).toBe('streamswarm.example');
    expect(clientHost(trustOf(['192.0.2.0/24']), asked)).toBe('inside:4000');
  });
});

it.each([
  ['10.0.0.0/8', true],
  ['::1', true],
  ['2001:db8::/129', false],
  ['10.0.0.0/8/8', false],
  ['proxy.example', false],
])('%s is a network: %s', (text, expected) => {
  expect(isNetwork(text)).toBe(expected);
});
