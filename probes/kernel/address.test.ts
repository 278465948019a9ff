import { describe, expect, it } from 'vitest';
import { addressBytes, addressText, decodeSockaddr, encodeSockaddr } from './address.js';

describe('addresses on their way to the kernel and back', () => {
  it.each(['127.0.0.1', '255.1.2.3', '::', '::1', 'fe80::1', '2001:db8::5:0:1', '1:2:3:4:5:6:7:8', '::ffff:102:304'])(
    '%s keeps its value',
    (address) => {
      expect(addressText(addressBytes(address))).toBe(address);
      expect(decodeSockaddr(encodeSockaddr({ address, port: 443 }))).toEqual({ address, port: 443 });
    },
  );

  it('writes network order', () => {
    expect(encodeSockaddr({ address: '1.2.3.4', port: 0x1234 }).subarray(2, 8)).toEqual(Buffer.from([0x12, 0x34, 1, 2, 3, 4]));
  });

  it('reads an IPv4 address within an IPv6 one', () => {
    expect(addressText(addressBytes('::ffff:1.2.3.4'))).toBe('::ffff:102:304');
  });

  it('writes the shortest form of RFC 5952', () => {
    expect(addressText(addressBytes('2001:0DB8:0:0:1:0:0:1'))).toBe('2001:db8::1:0:0:1');
  });

  it('takes a scope by its number', () => {
    expect(encodeSockaddr({ address: 'fe80::1%7', port: 0 }).readUInt32LE(24)).toBe(7);
  });

  it.each(['__proto__', 'constructor', 'no-such-if', '99999999999999'])('finds no interface for the scope %s', (scope) => {
    expect(encodeSockaddr({ address: `fe80::1%${scope}`, port: 1 }).readUInt32LE(24)).toBe(0);
  });

  it('refuses what is no address', () => {
    expect(() => addressBytes('localhost')).toThrow('"localhost" is not an IP address');
  });

  it('finds no address in a sockaddr of another family', () => {
    expect(decodeSockaddr(Buffer.alloc(28))).toBeUndefined();
  });
});
