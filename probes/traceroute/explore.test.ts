import { setImmediate } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { explore, type Explorer } from './explore.js';
import type { Query } from './multipath.js';
import type { Answer } from './reader.js';
import type { Sent } from './trace.js';

const TARGET = '198.18.9.2';

/** A trace over hops of which each answers every packet at once: with one of its addresses by flow. An empty hop was never asked by the trace itself. */
function traceOver(hops: readonly (readonly string[])[]): Explorer {
  const answer = (from: string): Answer => ({ from }) as unknown as Answer;
  const packet = ({ ttl, flow }: Query): Sent => {
    const routers = hops[ttl - 1] ?? [];
    return { ttl, flow, round: 0, userStamp: 0, stamp: 0, answer: answer(routers[flow % routers.length] ?? '') };
  };
  const sent = hops.flatMap((routers, index) => (routers.length > 0 ? [packet({ ttl: index + 1, flow: 0 })] : []));
  return {
    sent,
    isOver: false,
    heardUntil: 0,
    patienceMs: 0,
    addressAt: (ttl) => hops[ttl - 1]?.[0],
    send(query) {
      const probe = packet(query);
      sent.push(probe);
      return probe;
    },
    pause: () => setImmediate(),
  };
}

describe('the detection of equal-cost ways', () => {
  const settings = { rounds: 1, paceMs: 1 };

  it('counts those that it found', async () => {
    const trace = traceOver([['a'], ['b', 'c'], ['d'], [TARGET]]);
    const { multipath, cutShort } = await explore(trace, settings, 4, TARGET);
    expect([multipath.paths, cutShort]).toEqual([2, false]);
  });

  it('is not whole where a hop was not asked: it is no silent one, and there may be any number of ways through it', async () => {
    const trace = traceOver([['a'], [], ['d'], [TARGET]]);
    expect(await explore(trace, settings, 4, TARGET)).toMatchObject({ cutShort: true });
  });
});
