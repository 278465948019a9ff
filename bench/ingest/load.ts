import { setTimeout } from 'node:timers/promises';
import { LightSocket } from '../agents/light-socket.js';
import { SUBMIT, type Submitted } from '../../server/testing/measuring.js';
import type { Workload } from './workload.js';

/** Sends a batch; resolves with how many were stored once they are. */
export type Send = (results: readonly Record<string, unknown>[]) => Promise<number>;

/** What a load brought. */
export interface Loaded {
  readonly stored: number;
  readonly seconds: number;
  /** From sending to the acknowledgement, ms, of each batch. */
  readonly delays: readonly number[];
}

/** What a load brought that goes on when a batch fails. */
export interface PacedLoad extends Loaded {
  /** What came of the batches that were not acknowledged. */
  readonly failures: readonly string[];
}

/** Sends as an agent does, over a WebSocket that stays open. */
export async function agentSender(url: string, secret: string): Promise<{ send: Send; close: () => Promise<void> }> {
  const socket = await LightSocket.open(url, secret);
  const send: Send = async (results) => {
    const { submitResults } = await socket.call<{ submitResults: Submitted }>(SUBMIT, { results });
    if (submitResults.rejected.length > 0) throw new Error(`refused: ${JSON.stringify(submitResults.rejected[0])}`);
    return submitResults.accepted.length;
  };
  return { send, close: () => socket.close() };
}

/** Sends to the bare mutation, over HTTP connections that stay open. */
export function bareSender(url: string): Send {
  return async (results) => {
    const response = await fetch(`${url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        query: 'mutation ($results: [TestResultInput!]!) { submitResults(results: $results) }',
        variables: { results },
      }),
    });
    const answer = (await response.json()) as { data?: { submitResults: number }; errors?: unknown };
    if (!answer.data) throw new Error(JSON.stringify(answer.errors));
    return answer.data.submitResults;
  };
}

/** Each sender sends one batch after another, as fast as they are acknowledged. */
export async function sendAll(senders: readonly Send[], work: Workload, batch: number, results: number): Promise<Loaded> {
  const delays: number[] = [];
  const begin = performance.now();
  let left = results;
  let stored = 0;
  const sendOn = async (send: Send): Promise<void> => {
    while (left > 0) {
      left -= batch;
      const ready = work.next(batch);
      const sentAt = performance.now();
      const accepted = await send(ready);
      stored += accepted;
      delays.push(performance.now() - sentAt);
    }
  };
  await Promise.all(senders.map(sendOn));
  return { stored, seconds: (performance.now() - begin) / 1000, delays };
}

/** Batches at even distances, whether those before are acknowledged or not: what the world sends does not wait for the server. */
export async function sendPaced(
  senders: readonly Send[],
  work: Workload,
  { batch, perSecond, seconds }: { readonly batch: number; readonly perSecond: number; readonly seconds: number },
): Promise<PacedLoad> {
  const delays: number[] = [];
  const failures: string[] = [];
  const open: Promise<unknown>[] = [];
  const begin = performance.now();
  let stored = 0;
  for (let count = 0; count < (perSecond * seconds) / batch; count += 1) {
    const due = begin + (count * batch * 1000) / perSecond;
    // What is late by the sender's own fault counts as delay too.
    await setTimeout(Math.max(0, due - performance.now()));
    const send = senders[count % senders.length];
    if (!send) throw new Error('nobody sends');
    open.push(
      send(work.next(batch))
        .then((accepted) => void (stored += accepted))
        .catch((error: unknown) => void failures.push(String(error)))
        .finally(() => delays.push(performance.now() - due)),
    );
  }
  await Promise.all(open);
  return { stored, seconds: (performance.now() - begin) / 1000, delays, failures };
}
