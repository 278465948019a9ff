import { describe, expect, it } from 'vitest';
import { ServerClock } from './clock.js';
import { FakeTimeline } from './testing/fake-timeline.js';
import { WallClock } from './wall-clock.js';

/** An exchange over a network with these delays, with a server whose clock is ahead by `offsetMs`. Times are cut to whole ms, as on the wire. */
function exchange(offsetMs: number, thereMs: number, backMs: number, atMs = 0) {
  const sentAtMs = 1_000_000 + atMs;
  const receivedAtMs = Math.floor(sentAtMs + offsetMs + thereMs);
  const answeredAtMs = Math.floor(sentAtMs + offsetMs + thereMs + 2);
  const elapsedMs = thereMs + 2 + backMs;
  return { sentAtMs, receivedAtMs, answeredAtMs, elapsedMs, arrivedMs: atMs + elapsedMs };
}

describe('ServerClock', () => {
  it('knows nothing before the first exchange', () => {
    expect(new ServerClock().at(0)).toBeUndefined();
  });

  it.each([
    [0, 5, 5],
    [1234.5, 5, 5],
    [-60_000, 0.2, 40],
    [250, 80, 1],
  ])('finds an offset of %d ms within the error that it states (%d ms there, %d ms back)', (offsetMs, thereMs, backMs) => {
    const clock = new ServerClock();
    clock.add(exchange(offsetMs, thereMs, backMs));
    const found = clock.at(0);
    expect(Math.abs((found?.offsetMs ?? Infinity) - offsetMs)).toBeLessThanOrEqual(found?.errorMs ?? 0);
    expect(found?.errorMs).toBeLessThanOrEqual((thereMs + backMs) / 2 + 2);
  });

  it('believes the exchange with the shortest round trip', () => {
    const clock = new ServerClock();
    for (const [there, back] of [[90, 5], [1, 1], [5, 200]] as const) clock.add(exchange(700, there, back)); // prettier-ignore
    expect(clock.at(0)?.offsetMs).toBeGreaterThan(698);
    expect(clock.at(0)?.offsetMs).toBeLessThan(702);
  });

  it('grows less certain with time, and forgets after a step', () => {
    const clock = new ServerClock();
    clock.add(exchange(0, 1, 1));
    const [now, later] = [clock.at(4), clock.at(4 + 3_600_000)];
    expect((later?.errorMs ?? 0) - (now?.errorMs ?? 0)).toBeCloseTo(54, 0);
    clock.reset();
    expect(clock.at(4)).toBeUndefined();
  });

  it('ignores an exchange that contradicts itself', () => {
    const clock = new ServerClock();
    clock.add({ sentAtMs: 1000, receivedAtMs: 1000, answeredAtMs: 1100, elapsedMs: 5, arrivedMs: 5 });
    expect(clock.at(5)).toBeUndefined();
  });
});

describe('WallClock', () => {
  it('goes on with the monotonic clock and tells a step once', () => {
    const time = new FakeTimeline();
    const wall = new WallClock(time);
    time.advance(10_000);
    expect(wall.check()).toBe(0);
    time.step(-60_000);
    expect(wall.nowMs()).toBe(time.wallMs() + 60_000);
    expect(wall.check()).toBe(-60_000);
    expect(wall.check()).toBe(0);
    expect(wall.nowMs()).toBe(time.wallMs());
    expect(wall.steps).toBe(1);
  });

  it('takes slewing for no step but follows it', () => {
    const time = new FakeTimeline();
    const wall = new WallClock(time);
    for (let check = 0; check < 100; check += 1) {
      time.advance(5000);
      time.step(20);
      expect(wall.check()).toBe(0);
    }
    expect(wall.nowMs()).toBe(time.wallMs());
    expect(wall.steps).toBe(0);
  });
});
