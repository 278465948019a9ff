import { beforeEach, describe, expect, it } from 'vitest';
import { FakeTimeline } from './testing/fake-timeline.js';
import { Tidying } from './tidying.js';

describe('An agent tidies up', () => {
  let time: FakeTimeline;
  let quietForMs: number;
  let times: number;
  let tidying: Tidying;

  beforeEach(() => {
    [time, quietForMs, times] = [new FakeTimeline(), Infinity, 0];
    tidying = new Tidying(
      time,
      () => quietForMs,
      () => (times += 1),
    );
  });

  const lookEverySecond = (seconds: number): void => {
    for (let second = 0; second < seconds; second++) {
      time.advance(1000);
      tidying.look();
    }
  };

  it('once after its start, and then once an hour', () => {
    lookEverySecond(29);
    expect(times).toBe(0);
    lookEverySecond(1);
    expect(times).toBe(1);
    lookEverySecond(3599);
    expect(times).toBe(1);
    lookEverySecond(3601);
    expect(times).toBe(3);
  });

  it('only while nothing is under way and nothing is to start soon', () => {
    quietForMs = 999;
    lookEverySecond(100);
    expect(times).toBe(0);
    quietForMs = 1000;
    tidying.look();
    expect(times).toBe(1);
  });
});
