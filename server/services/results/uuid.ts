const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

/** The 32 hexadecimal digits of a UUIDv7 written in lower case, undefined for anything else. */
export function uuidToHex(id: string): string | undefined {
  return UUID.test(id) ? id.replaceAll('-', '') : undefined;
}

/** A UUID as it is written, from its 32 hexadecimal digits in either case. */
export function hexToUuid(hex: string): string {
  const digits = hex.toLowerCase();
  return [digits.slice(0, 8), digits.slice(8, 12), digits.slice(12, 16), digits.slice(16, 20), digits.slice(20)].join('-');
}

/** The milliseconds since 1970 that a UUIDv7 carries (RFC 9562), from its hexadecimal digits. */
export function millisecondsOf(hex: string): number {
  return Number.parseInt(hex.slice(0, 12), 16);
}
