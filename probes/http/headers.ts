import type { IncomingHttpHeaders } from 'node:http';

/** A header's values as one text, as lists are written. */
export function headerText(headers: IncomingHttpHeaders, name: string): string | undefined {
  const value = headers[name.toLowerCase()];
  return Array.isArray(value) ? value.join(', ') : value;
}

/** Whether an answer says that a cache had it (true) or had not (false); undefined where it says nothing of caches. */
export function cacheHit(headers: IncomingHttpHeaders): boolean | undefined {
  const status = headerText(headers, 'cache-status');
  // RFC 9211: one member a cache; any of them may have had it.
  if (status !== undefined) return /;\s*hit(?:=\?1)?\s*(?:[;,]|$)/i.test(status);
  const said = ['x-cache', 'cf-cache-status', 'x-cache-status', 'x-vercel-cache']
    .map((name) => headerText(headers, name))
    .filter((text) => text !== undefined);
  if (said.length > 0) return said.some((text) => /\b(hit|stale|updating|revalidated)\b/i.test(text));
  const age = headerText(headers, 'age');
  return age === undefined ? undefined : Number(age) > 0;
}

/** Signs of well-known content delivery networks: header, and what it holds. */
const NETWORKS: readonly (readonly [name: string, header: string, value: RegExp])[] = [
  ['Cloudflare', 'cf-ray', /./],
  ['CloudFront', 'x-amz-cf-id', /./],
  ['Fastly', 'x-served-by', /^cache-/],
  ['Akamai', 'server', /AkamaiGHost|AkamaiNetStorage/i],
  ['Akamai', 'x-akamai-transformed', /./],
  ['Google', 'via', /1\.1 google/i],
  ['Azure', 'x-azure-ref', /./],
  ['Vercel', 'x-vercel-id', /./],
  ['Netlify', 'x-nf-request-id', /./],
  ['bunny.net', 'server', /BunnyCDN/i],
  ['KeyCDN', 'server', /keycdn/i],
  ['CDN77', 'server', /CDN77/i],
];

/** Which content delivery network an answer shows; undefined: none that is known. */
export function deliveryNetwork(headers: IncomingHttpHeaders): string | undefined {
  return NETWORKS.find(([, header, value]) => value.test(headerText(headers, header) ?? ''))?.[0];
}

/** One entry of the header Server-Timing (W3C). */
export interface ServerTiming {
  readonly name: string;
  readonly durationMs?: number;
  readonly description?: string;
}

/** More are of no use to anybody, and a header has room for thousands. */
const MOST_TIMINGS = 100;

/** Takes Server-Timing apart: `db;dur=53.2;desc="query", cache`. Malformed parts are left out. */
export function serverTimings(headers: IncomingHttpHeaders): ServerTiming[] {
  const entries = splitOutsideQuotes(headerText(headers, 'server-timing') ?? '', ',').slice(0, MOST_TIMINGS);
  return entries.flatMap((entry) => {
    const [name = '', ...parameters] = splitOutsideQuotes(entry, ';').map((part) => part.trim());
    if (!/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(name)) return [];
    const values = new Map(parameters.map((parameter) => pairOf(parameter)));
    const duration = Number(values.get('dur') ?? NaN);
    const description = values.get('desc');
    return [
      { name, ...(Number.isFinite(duration) ? { durationMs: duration } : {}), ...(description === undefined ? {} : { description }) },
    ];
  });
}

/** One look at each character: a pattern for quotes begins anew at each of them where the last one is missing, for seconds in a long header. */
function splitOutsideQuotes(text: string, separator: string): string[] {
  const parts: string[] = [];
  let start = 0;
  let quoted = false;
  for (let at = 0; at < text.length; at++) {
    const character = text[at];
    if (quoted && character === '\\') at++;
    else if (character === '"') quoted = !quoted;
    else if (!quoted && character === separator) {
      parts.push(text.slice(start, at));
      start = at + 1;
    }
  }
  return [...parts, text.slice(start)];
}

function pairOf(parameter: string): [string, string] {
  const [key = '', ...rest] = parameter.split('=');
  const value = rest.join('=').trim();
  return [key.trim().toLowerCase(), value.startsWith('"') ? value.slice(1, -1).replace(/\\(.)/g, '$1') : value];
}
