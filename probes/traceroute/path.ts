import { createHash } from 'node:crypto';
import type { Json } from '../sdk/probe.js';

/** The path of one flow as it is remembered: the known addresses of each hop, none for a silent one. */
export interface Path {
  readonly flow: string;
  readonly reached: boolean;
  readonly hops: readonly (readonly string[])[];
}

/** A short name of a path: the same for the same addresses at the same hops (SHA-256, the first 16 hexadecimal digits). */
export function pathHash(hops: readonly (readonly string[])[]): string {
  const text = hops.map((addresses) => (addresses.length === 0 ? '*' : addresses.join(','))).join(' ');
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}

/**
 * Whether two paths of one flow differ: another length, or an address that was not known at its hop. A silent hop matches anything, and so do hops behind the
 * last that answered where the target did not.
 */
export function differs(earlier: Path, now: Path): boolean {
  if (earlier.reached !== now.reached) return true;
  if (now.reached && earlier.hops.length !== now.hops.length) return true;
  return now.hops.some((addresses, index) => {
    const known = earlier.hops[index] ?? [];
    return known.length > 0 && addresses.length > 0 && addresses.some((address) => !known.includes(address));
  });
}

/**
 * What a run concludes and leaves for the next. A change counts when two traces running show it: the first such trace is only a candidate, and one that a
 * second agrees with becomes the path.
 *
 * @param parallel what other flows met at each hop: of the same equal-cost paths, and no change when this flow meets it next time
 */
export function compare(
  memory: Json | undefined,
  now: Path,
  parallel: readonly (readonly string[])[] = [],
): { changed: boolean | undefined; memory: Json } {
  const { path, candidate } = readMemory(memory);
  const kept = (seen: Path): Json =>
    asJson({ ...seen, hops: seen.hops.map((hop, ttl) => [...new Set([...hop, ...(parallel[ttl] ?? [])])]) });
  if (!path || path.flow !== now.flow) return { changed: undefined, memory: { path: kept(now) } };
  if (!differs(path, now)) return { changed: false, memory: { path: kept(merged(path, now)) } };
  if (candidate && !differs(candidate, now)) return { changed: true, memory: { path: kept(merged(candidate, now)) } };
  return { changed: false, memory: { path: asJson(path), candidate: asJson(now) } };
}

/** The path as the traces before this one have left it; undefined where nobody remembers. */
export function rememberedPath(memory: Json | undefined): Path | undefined {
  return readMemory(memory).path;
}

/** As many addresses of one hop are remembered: of a router that answers from ever new ones, the last. */
const MOST_KNOWN = 64;

/** All that answered at each hop: what balances packet by packet shows the one now and the other then. */
function merged(known: Path, now: Path): Path {
  const length = Math.max(now.hops.length, now.reached ? 0 : known.hops.length);
  const union = (index: number): string[] => [...new Set([...(known.hops[index] ?? []), ...(now.hops[index] ?? [])])].slice(-MOST_KNOWN);
  return { ...now, hops: Array.from({ length }, (_, index) => union(index)) };
}

function asJson({ flow, reached, hops }: Path): Json {
  return { flow, reached, hops: hops.map((addresses) => [...addresses]) };
}

/** Memory is what an earlier version may have left: what does not fit is no memory. */
function readMemory(memory: Json | undefined): { path?: Path; candidate?: Path } {
  if (!isRecord(memory)) return {};
  return { path: readPath(memory.path), candidate: readPath(memory.candidate) };
}

function readPath(value: unknown): Path | undefined {
  if (!isRecord(value) || typeof value.flow !== 'string' || typeof value.reached !== 'boolean' || !Array.isArray(value.hops))
    return undefined;
  const hops = value.hops.map((hop: unknown) => (Array.isArray(hop) ? hop.filter((address) => typeof address === 'string') : []));
  return { flow: value.flow, reached: value.reached, hops };
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
