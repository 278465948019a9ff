import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import { NOBODY } from '../identity.js';
import { addressKey } from './address-key.js';
import { Connections } from './connections.js';
import { OperationRates } from './operation-rates.js';
import { Places } from './places.js';

const ONCE = { get: () => 1 } as unknown as ConstructorParameters<typeof OperationRates>[0];

describe('the key of an address', () => {
  it.each([
    ['192.0.2.1', '192.0.2.1'],
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['::FFFF:c000:201', '192.0.2.1'],
    ['2001:db8:0:1::7', '2001:db8:0:1::/64'],
    ['2001:0DB8:0000:0001:ffff:ffff:ffff:ffff', '2001:db8:0:1::/64'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
    ['::1', '0:0:0:0::/64'],
    ['this machine', 'this machine'],
  ])('of %s is %s', (address, key) => {
    expect(addressKey(address)).toBe(key);
  });

  it('is what operations without a credential are counted by: one network has one budget', async () => {
    const rates = new OperationRates(ONCE);
    await rates.count(NOBODY, '2001:db8::1');
    await expect(rates.count(NOBODY, '2001:db8::2')).rejects.toMatchObject({ extensions: { code: 'RATE_LIMITED' } });
    await rates.count(NOBODY, '2001:db8:0:1::1');
    await rates.count(NOBODY, '192.0.2.1');
    await expect(rates.count(NOBODY, '::ffff:192.0.2.1')).rejects.toMatchObject({ extensions: { code: 'RATE_LIMITED' } });
  });

  it('is what sockets that have not said who they are are counted by', () => {
    const connections = new Connections(ONCE, new Places('test', pino({ level: 'silent' })));
    expect([connections.open('2001:db8::1'), connections.open('2001:db8::2'), connections.open('2001:db8:0:1::1')]).toEqual([
      ...[true, false, true],
    ]);
    connections.known('2001:db8::1');
    expect(connections.open('2001:db8::3')).toBe(true);
  });
});
