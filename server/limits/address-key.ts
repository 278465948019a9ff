import { isIPv6 } from 'node:net';

/** Groups of 16 bits that say to whom an IPv6 address belongs; the rest (64 bits) its owner chooses as often as wanted. */
const NETWORK_GROUPS = 4;
const ALL_GROUPS = 8;
const MAPPED_IPV4 = /^0:0:0:0:0:ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/;

/**
 * Under which key limits count what comes from an IP address: an IPv4 address for itself, also where it is written as IPv6 (`::ffff:192.0.2.1`);
 * of IPv6 the /64 network, since whoever has one has 2^64 addresses. Any other text is its own key.
 */
export function addressKey(address: string): string {
  const [bare = ''] = address.split('%');
  if (!isIPv6(bare)) return address;
  const groups = groupsOf(bare);
  const mapped = MAPPED_IPV4.exec(groups.join(':'));
  if (mapped) return mapped.slice(1).flatMap(bytesOf).join('.');
  return `${groups.slice(0, NETWORK_GROUPS).join(':')}::/64`;
}

function bytesOf(group: string): number[] {
  const value = Number.parseInt(group, 16);
  return [value >> 8, value & 0xff];
}

/** The eight groups, in lower case and without leading zeros. */
function groupsOf(address: string): string[] {
  // A URL writes an address in one way only (RFC 5952), without dots.
  const [before = '', after] = new URL(`http://[${address}]`).hostname.slice(1, -1).split('::');
  const [head, tail] = [before, after ?? ''].map((part) => (part === '' ? [] : part.split(':'))) as [string[], string[]];
  return [...head, ...Array.from({ length: ALL_GROUPS - head.length - tail.length }, () => '0'), ...tail];
}
