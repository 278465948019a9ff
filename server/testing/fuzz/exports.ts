import fc from 'fast-check';
import type { Carries } from '../client.js';
import type { Verdict } from './verdict.js';
import { wildText } from './wild.js';

const PARAMETERS = ['test', 'testId', 'agent', 'agentIds', 'target', 'targetIds', 'metrics', 'from', 'to', 'maxPoints', 'format'];
/** Values that fit somewhere, so that some requests come through. */
const FITTING = [
  'json',
  'csv',
  'tide.level',
  'tide.level,tide.ok',
  '11',
  '0',
  '-1',
  '1e9',
  '2026-01-01T00:00:00Z',
  '2026-01-02T00:00:00+02:00',
];
const ODD = ['test=%00', 'test=%ff', 'test=%', 'test=1&test=2', 'test[]=1', '__proto__=1', '%00=1', '&&==', 'format=json&format=csv'];

/** Paths of the export routes with queries that are wrong in some way, or right. */
export function exportPaths(ids: readonly string[]): fc.Arbitrary<string> {
  const values = fc.oneof(fc.constantFrom(...ids), fc.constantFrom(...FITTING), wildText);
  const query = fc.oneof(
    { arbitrary: fc.dictionary(fc.constantFrom(...PARAMETERS), values).map((each) => String(new URLSearchParams(each))), weight: 8 },
    { arbitrary: fc.constantFrom(...ODD), weight: 1 },
  );
  const [test = ''] = ids;
  const range = 'from=2026-01-01T00:00:00Z&to=2026-01-02T00:00:00Z';
  const right = fc.constantFrom(
    `results?test=${test}`,
    `results?test=${test}&format=json`,
    `series?testId=${test}&metrics=tide.level&${range}`,
  );
  const wrong = fc.tuple(fc.constantFrom('results', 'series'), query).map(([route, text]) => `${route}?${text}`);
  return fc.oneof({ arbitrary: wrong, weight: 4 }, { arbitrary: right, weight: 3 }).map((path) => `/export/${path}`);
}

/** Asks for a file and judges what comes back. */
export async function fuzzExport(url: string, { bearer, cookie }: Carries, path: string, verdict: Verdict): Promise<void> {
  const headers = { ...(bearer === undefined ? {} : { authorization: `Bearer ${bearer}` }), ...(cookie === undefined ? {} : { cookie }) };
  const response = await fetch(`${url}${path}`, { headers });
  const text = await response.text();
  if (response.status >= 500) verdict.fault(`HTTP ${response.status} of an export`, { text, path });
  if (response.status === 200) return verdict.file();
  try {
    verdict.judge(JSON.parse(text), path);
  } catch {
    verdict.fault('an answer of an export that is no JSON', { text: text.slice(0, 300), path });
  }
}
