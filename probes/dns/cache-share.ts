import type { FullTtls } from './authority.js';
import type { Response } from './message.js';

type DnsRecord = Response['answers'][number];

/** A share, %, or why there is none. */
export type CacheShare = { readonly percent: number } | { readonly reason: string };

/**
 * The share of answers that came from a cache: those of which a record has less than the TTL that the authority gives to that very name and type. Behind a CNAME
 * the authority may know the first record of the chain alone, and the others' TTLs say nothing.
 */
export function cacheShare(responses: readonly Response[], full: FullTtls): CacheShare {
  if (responses.length > 0 && responses.every(({ authoritative }) => authoritative))
    return { reason: 'the server is authoritative for the name: its answers come from no cache' };
  if ('unknown' in full) return { reason: full.unknown };
  const ttls = smallestTtls(full.records);
  const judged = responses
    .filter(({ truncated }) => !truncated)
    .flatMap(({ answers }) => {
      const known = answers.flatMap((answer) => {
        const fullTtl = ttls.get(keyOf(answer));
        return fullTtl === undefined ? [] : [answer.ttl < fullTtl];
      });
      return known.length > 0 ? [known.includes(true)] : [];
    });
  if (judged.length === 0) return { reason: 'no answer held a record whose full TTL the authoritative server told' };
  return { percent: (100 * judged.filter((hit) => hit).length) / judged.length };
}

const keyOf = ({ name, type }: DnsRecord): string => `${type} ${name.toLowerCase()}`;

function smallestTtls(records: readonly DnsRecord[]): ReadonlyMap<string, number> {
  const ttls = new Map<string, number>();
  for (const record of records) ttls.set(keyOf(record), Math.min(record.ttl, ttls.get(keyOf(record)) ?? Infinity));
  return ttls;
}
