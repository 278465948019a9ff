import type { Json } from './probe.js';
import { roundSignificant } from './stats.js';

/** From here on 6 digits say less than the whole number, which may be a time or a count. */
const WHOLE_FROM = 1e6;

/**
 * A copy of a run's details whose numbers say no more than metrics do: 6 significant digits, of large ones the whole number; whole numbers stay. An average
 * as a double has seventeen digits, and is sent and kept with every result.
 */
export function shortNumbers(details: Json): Json {
  if (typeof details === 'number') return Math.abs(details) < WHOLE_FROM ? roundSignificant(details) : Math.round(details);
  if (typeof details !== 'object' || details === null) return details;
  if (isList(details)) return details.map(shortNumbers);
  // A Date, for one, is no plain data: the conformance suite is to see it.
  if (Object.getPrototypeOf(details) !== Object.prototype) return details;
  const short: Record<string, Json> = {};
  for (const [name, value] of Object.entries(details)) if (value !== undefined) short[name] = shortNumbers(value);
  return short;
}

/** `Array.isArray` does not know lists that are read-only. */
function isList(value: object): value is readonly Json[] {
  return Array.isArray(value);
}
