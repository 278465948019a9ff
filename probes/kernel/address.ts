import { isIPv4, isIPv6 } from 'node:net';
import { networkInterfaces } from 'node:os';
import { AF_INET, AF_INET6 } from './constants.js';

/** An address with a port (0 where the protocol has none). */
export interface Endpoint {
  readonly address: string;
  readonly port: number;
}

export const SOCKADDR_IN_BYTES = 16;
export const SOCKADDR_IN6_BYTES = 28;

/** An address with its port, as people write it: `[2001:db8::1]:443`. */
export function placeOf({ address, port }: Endpoint): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}

/** 4 or 6. @throws TypeError when it is not an IP address */
export function familyOf(address: string): 4 | 6 {
  if (isIPv4(address)) return 4;
  // A scope is an interface's name, which may hold more characters than isIPv6 knows of.
  if (isIPv6(address.split('%')[0] ?? '')) return 6;
  throw new TypeError(`"${address}" is not an IP address`);
}

/** The 4 or 16 bytes of an address in network order; a scope (`%eth0`) is left out. @throws TypeError when it is not an IP address */
export function addressBytes(address: string): Buffer {
  if (familyOf(address) === 4) return Buffer.from(address.split('.').map(Number));
  const [bare = ''] = address.split('%');
  const embedded = /^(.*:)(\d+\.\d+\.\d+\.\d+)$/.exec(bare);
  const text = embedded ? `${embedded[1]}${hexPair(embedded[2] ?? '')}` : bare;
  const [head = '', tail] = text.split('::');
  const left = head === '' ? [] : head.split(':');
  const right = tail === undefined || tail === '' ? [] : tail.split(':');
  const groups = [...left, ...Array<string>(8 - left.length - right.length).fill('0'), ...right];
  const bytes = Buffer.alloc(16);
  groups.forEach((group, index) => bytes.writeUInt16BE(parseInt(group, 16), index * 2));
  return bytes;
}

function hexPair(dotted: string): string {
  const bytes = Buffer.from(dotted.split('.').map(Number));
  return `${bytes.readUInt16BE(0).toString(16)}:${bytes.readUInt16BE(2).toString(16)}`;
}

/** Scope of a link-local address: an interface's name or number; 0, which is none, where there is no such interface. */
function scopeId(address: string): number {
  const scope = address.split('%')[1];
  if (scope === undefined) return 0;
  if (/^\d{1,9}$/.test(scope)) return Number(scope);
  const interfaces = networkInterfaces();
  for (const entry of (Object.hasOwn(interfaces, scope) && interfaces[scope]) || [])
    if (entry.family === 'IPv6' && entry.scopeid) return entry.scopeid;
  return 0;
}

/** struct sockaddr_in or sockaddr_in6 (ip(7), ipv6(7)). */
export function encodeSockaddr({ address, port }: Endpoint): Buffer {
  if (familyOf(address) === 4) {
    const buffer = Buffer.alloc(SOCKADDR_IN_BYTES);
    buffer.writeUInt16LE(AF_INET, 0);
    buffer.writeUInt16BE(port, 2);
    addressBytes(address).copy(buffer, 4);
    return buffer;
  }
  const buffer = Buffer.alloc(SOCKADDR_IN6_BYTES);
  buffer.writeUInt16LE(AF_INET6, 0);
  buffer.writeUInt16BE(port, 2);
  addressBytes(address).copy(buffer, 8);
  buffer.writeUInt32LE(scopeId(address), 24);
  return buffer;
}

/** Text of the 4 or 16 bytes of an address; IPv6 in the shortest form of RFC 5952, which the URL parser makes. */
export function addressText(bytes: Uint8Array): string {
  if (bytes.length === 4) return bytes.join('.');
  const groups: string[] = [];
  for (let index = 0; index < 16; index += 2) groups.push((((bytes[index] ?? 0) << 8) | (bytes[index + 1] ?? 0)).toString(16));
  return new URL(`http://[${groups.join(':')}]/`).hostname.slice(1, -1);
}

/** Takes a sockaddr apart; undefined for another family, or none (all zero). */
export function decodeSockaddr(buffer: Buffer, offset = 0): Endpoint | undefined {
  const family = buffer.readUInt16LE(offset);
  const port = buffer.readUInt16BE(offset + 2);
  if (family === AF_INET) return { address: addressText(buffer.subarray(offset + 4, offset + 8)), port };
  if (family === AF_INET6) return { address: addressText(buffer.subarray(offset + 8, offset + 24)), port };
  return undefined;
}
