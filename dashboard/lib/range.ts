const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** The spans that a page offers, by the name that stands in the URL; in milliseconds. */
export const PRESETS = {
  '15m': 15 * MINUTE,
  '1h': HOUR,
  '6h': 6 * HOUR,
  '24h': 24 * HOUR,
  '7d': 7 * 24 * HOUR,
  '30d': 30 * 24 * HOUR,
} as const;

export type Preset = keyof typeof PRESETS;

/** A stretch of time in milliseconds since 1970, as drawn. */
export interface Window {
  readonly from: number;
  readonly to: number;
}

/** What the URL asks for: the last so-and-so long, moving with the clock, or a stretch that stands still. */
export type Range = { readonly kind: 'live'; readonly preset: Preset } | ({ readonly kind: 'fixed' } & Window);

export const DEFAULT_RANGE: Range = { kind: 'live', preset: '15m' };

/** The shortest stretch that can be zoomed to: shorter ones are a slip of the hand. */
export const MIN_SPAN_MS = 2000;

const isPreset = (text: unknown): text is Preset => typeof text === 'string' && Object.hasOwn(PRESETS, text);

/** Reads the range from a query string's parts (`range=1h`, or `from` and `to` in RFC 3339); what makes no sense is the default. */
export function parseRange(query: Readonly<Record<string, unknown>>): Range {
  const from = Date.parse(String(query.from));
  const to = Date.parse(String(query.to));
  if (to - from >= MIN_SPAN_MS) return { kind: 'fixed', from, to };
  return isPreset(query.range) ? { kind: 'live', preset: query.range } : DEFAULT_RANGE;
}

/** The parts of the query string that say `range`; the default leaves no trace. */
export function rangeQuery(range: Range): Record<string, string> {
  if (range.kind === 'fixed') return { from: new Date(range.from).toISOString(), to: new Date(range.to).toISOString() };
  return range.preset === '15m' ? {} : { range: range.preset };
}

/** The stretch of time that a range means at `now`. */
export function windowOf(range: Range, now: number): Window {
  return range.kind === 'fixed' ? { from: range.from, to: range.to } : { from: now - PRESETS[range.preset], to: now };
}

/** A live window is never narrower than this. */
const SHORTEST_LIVE_MS = 2 * MINUTE;
/** Room before the first result, ms. */
const BEFORE_FIRST_MS = 5000;

/** The stretch to draw: the shortest live range of a young test begins with the test, so that its first minutes are not a sliver at the edge. */
export function drawnWindow(range: Range, begin: number | null, now: number): Window {
  const { from, to } = windowOf(range, now);
  if (range.kind === 'fixed' || range.preset !== '15m' || begin === null) return { from, to };
  return { from: Math.max(from, Math.min(begin - BEFORE_FIRST_MS, to - SHORTEST_LIVE_MS)), to };
}
