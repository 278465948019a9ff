import { EventEmitter, once } from 'node:events';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { PeriodicService } from './periodic.js';

describe('periodic work in one process', () => {
  let periodic: PeriodicService;
  let logged: string[];
  const done = new EventEmitter();

  beforeEach(() => {
    logged = [];
    periodic = new PeriodicService(pino({}, { write: (line: string) => void logged.push(line) }));
  });
  afterEach(() => periodic.stop());

  it('is done at the start and then again and again', async () => {
    let runs = 0;
    periodic.every('count', 0.01, () => {
      runs += 1;
      if (runs === 3) done.emit('third');
      return Promise.resolve();
    });
    expect(runs).toBe(0);
    const third = once(done, 'third');
    periodic.start();
    await third;
    expect(runs).toBe(3);
  });

  it('never overlaps itself, also where it takes longer than its period', async () => {
    let atOnce = 0;
    let most = 0;
    let runs = 0;
    periodic.every('slow', 0.001, async () => {
      most = Math.max(most, (atOnce += 1));
      await new Promise((resolve) => setTimeout(resolve, 20));
      atOnce -= 1;
      if ((runs += 1) === 3) done.emit('slow');
    });
    const end = once(done, 'slow');
    periodic.start();
    await end;
    expect(most).toBe(1);
  });

  it('is tried again after a failure, which is logged', async () => {
    let runs = 0;
    periodic.every('trouble', 0.01, () => {
      runs += 1;
      if (runs === 1) throw new Error('no luck');
      done.emit('luck');
      return Promise.resolve();
    });
    const luck = once(done, 'luck');
    periodic.start();
    await luck;
    expect(logged.join('')).toContain('no luck');
  });

  it('is done soon where that is asked for, once more when it is under way', async () => {
    let runs = 0;
    let release: () => void = () => undefined;
    const task = periodic.every('seldom', 3600, async () => {
      runs += 1;
      if (runs === 1) {
        done.emit('first');
        await new Promise<void>((resolve) => (release = resolve));
      }
    });
    const first = once(done, 'first');
    periodic.start();
    await first;
    await task.soon();
    release();
    await task.idle();
    expect(runs).toBe(2);
    await task.soon();
    await task.idle();
    expect(runs).toBe(3);
  });

  it('stops after what is under way, and tells it to hurry', async () => {
    let ended = false;
    periodic.every('long', 1, async (signal) => {
      done.emit('begun');
      await once(signal, 'abort');
      ended = true;
    });
    const begun = once(done, 'begun');
    periodic.start();
    await begun;
    await periodic.stop();
    expect(ended).toBe(true);
  });

  it('has one name each', () => {
    periodic.every('twice', 1, () => Promise.resolve());
    expect(() => periodic.every('twice', 1, () => Promise.resolve())).toThrow('"twice"');
  });
});
