import { performance } from 'node:perf_hooks';

/** Seconds from 1900, where NTP counts from, to 1970 (RFC 5905, 6). */
const NTP_EPOCH_S = 2_208_988_800n;

/**
 * Error estimate (RFC 4656, 4.1.2) of stamps that a program takes by a clock which it knows nothing of: not synchronised, 2^26 times 2^-32 s, which is 16 ms.
 */
export const PROGRAM_ERROR_ESTIMATE = (26 << 8) | 1;

/** A wall clock time (ms since 1970, with fractions) in NTP's 64 bits: seconds since 1900, and their fraction. */
export function ntpTimestamp(wallMs: number): bigint {
  const seconds = Math.floor(wallMs / 1e3);
  const fraction = BigInt(Math.floor(((wallMs - seconds * 1e3) / 1e3) * 2 ** 32));
  return (BigInt.asUintN(32, BigInt(seconds) + NTP_EPOCH_S) << 32n) | fraction;
}

/** Now, in NTP's 64 bits. */
export function ntpNow(): bigint {
  return ntpTimestamp(performance.timeOrigin + performance.now());
}
