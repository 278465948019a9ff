import { setTimeout } from 'node:timers/promises';
import { sendOver, socketClient } from '../../server/testing/client.js';
import { SUBMIT, type SeenTest, type Submitted } from '../../server/testing/measuring.js';
import { answerParent } from './children.js';
import { seriesResult } from './workload.js';

/** What the parent says: where to, as whom, what of. */
export interface LoadOrder {
  readonly url: string;
  readonly secret: string;
  readonly test: Pick<SeenTest, 'id' | 'targets'>;
  readonly perSecond: number;
  readonly seconds: number;
}

const BATCH = 50;

/** What was stored, and in how long. */
export interface Loaded {
  readonly accepted: number;
  readonly seconds: number;
}

/** Sends results as an agent does, over a WebSocket, in batches at even distances. */
async function load({ url, secret, test, perSecond, seconds }: LoadOrder): Promise<Loaded> {
  const client = socketClient(url, { bearer: secret, stays: true });
  const begin = performance.now();
  let accepted = 0;
  const sending: Promise<void>[] = [];
  for (let batch = 0; batch < (perSecond * seconds) / BATCH; batch += 1) {
    const due = begin + (batch * BATCH * 1000) / perSecond;
    await setTimeout(Math.max(0, due - performance.now()));
    const at = Date.now() - BATCH;
    const results = Array.from({ length: BATCH }, (_, place) => seriesResult(test, at + place, batch * BATCH + place));
    const sent = sendOver<{ submitResults: Submitted }>(client, SUBMIT, { results });
    sending.push(sent.then(({ data }) => void (accepted += data.submitResults.accepted.length)));
  }
  await Promise.all(sending);
  await client.dispose();
  return { accepted, seconds: (performance.now() - begin) / 1000 };
}

answerParent(load);
