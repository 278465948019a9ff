import { pino } from 'pino';
import { Counter, Registry } from 'prom-client';
import { describe, expect, it } from 'vitest';
import { LookedUp } from './looked-up.js';

describe('gauges that are looked up when somebody scrapes', () => {
  it('are absent where they cannot be, or not in time, and counted; the others are served', async () => {
    const registry = new Registry();
    const failures = new Counter({ name: 'failures', help: 'of these', labelNames: ['metric'], registers: [registry] });
    const gauges = new LookedUp(registry, failures, pino({ level: 'silent' }), 20);
    let looks = 0;
    let broken = true;
    gauges.add('well', 'looked up', [], (own) => own.set(7));
    gauges.add('broken', 'rejects at first', [], (own) => (broken ? Promise.reject(new Error('no')) : own.set(8)));
    gauges.add('stuck', 'never answers', ['by'], () => {
      looks += 1;
      return new Promise(() => undefined);
    });
    gauges.addUp('good_up', 'answers', () => Promise.resolve('pong'));
    gauges.addUp('stuck_up', 'never answers', () => new Promise(() => undefined));
    const lines = async (): Promise<string[]> => (await registry.metrics()).split('\n').filter((line) => line.startsWith('streamswarm_'));
    expect(await lines()).toEqual(['streamswarm_well 7', 'streamswarm_good_up 1', 'streamswarm_stuck_up 0']);
    broken = false;
    expect(await lines()).toEqual(['streamswarm_well 7', 'streamswarm_broken 8', 'streamswarm_good_up 1', 'streamswarm_stuck_up 0']);
    // The question without an answer was not asked again.
    expect(looks).toBe(1);
    const counted = (await failures.get()).values.map(({ labels, value }) => [labels.metric, value]);
    expect(counted).toEqual([
      ['streamswarm_broken', 1],
      ['streamswarm_stuck', 2],
    ]);
  });
});
