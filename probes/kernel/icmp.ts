/** What every ICMP packet of ours is made of (RFC 792, RFC 4443). */
export const ICMP_HEADER = 8;

export const ECHO_REQUEST = { 4: 8, 6: 128 } as const;
export const ECHO_REPLY = { 4: 0, 6: 129 } as const;

/** The internet checksum (RFC 1071) of bytes whose checksum field is zero. */
export function internetChecksum(memory: Buffer, at: number, length: number): number {
  let sum = 0;
  const even = at + (length & ~1);
  for (let index = at; index < even; index += 2) sum += ((memory[index] ?? 0) << 8) | (memory[index + 1] ?? 0);
  if (length & 1) sum += (memory[even] ?? 0) << 8;
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return ~sum & 0xffff;
}
