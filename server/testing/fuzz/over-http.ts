import type { Carries } from '../client.js';
import type { Operation } from './operations.js';
import type { Verdict } from './verdict.js';

/** Sends an operation, or rubbish, over HTTP and judges what comes back. */
export async function fuzzHttp(
  url: string,
  { bearer, cookie }: Carries,
  sent: Operation | string | Uint8Array,
  verdict: Verdict,
): Promise<void> {
  const isRubbish = typeof sent === 'string' || sent instanceof Uint8Array;
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      ...(bearer === undefined ? {} : { authorization: `Bearer ${bearer}` }),
      ...(cookie === undefined ? {} : { cookie }),
    },
    body: isRubbish ? (sent as BodyInit) : JSON.stringify(sent),
  });
  const text = await response.text();
  const shown = isRubbish ? String(sent).slice(0, 200) : sent;
  if (response.status >= 500) verdict.fault(`HTTP ${response.status}`, { text, sent: shown });
  try {
    verdict.judge(JSON.parse(text), shown);
  } catch {
    verdict.fault('an answer that is no JSON', { text: text.slice(0, 300), sent: shown });
  }
}
