import { describe, expect, it } from 'vitest';
import type { Answer, Try } from './answer.js';
import { isExact } from './found.js';
import { Search } from './search.js';

const RANGE = { smallest: 68, largest: 65_535, width: 8 };
const SILENT: Answer = { kind: 'silent' };
const PASSED: Answer = { kind: 'passed' };

/** A path as a function of the size; counts the rounds. */
function pathOf(answer: (size: number, round: number) => Answer): { attempt: Try; rounds: () => number } {
  let rounds = 0;
  const attempt: Try = async (sizes) => {
    rounds += 1;
    return new Map(sizes.map((size) => [size, answer(size, rounds)]));
  };
  return { attempt, rounds: () => rounds };
}

/** This host's interface carries 1500 bytes, the path behind it what `path` says. */
const behindEthernet =
  (path: (size: number, round: number) => Answer) =>
  (size: number, round: number): Answer =>
    size > 1500 ? { kind: 'too-big', mtu: 1500, from: undefined } : path(size, round);

const search = (attempt: Try, signal = new AbortController().signal) => new Search(attempt, RANGE, signal).run();

describe('the search for the path MTU', () => {
  it('follows what routers say, from one to the next', async () => {
    const { attempt, rounds } = pathOf(
      behindEthernet((size) => {
        if (size > 1400) return { kind: 'too-big', mtu: 1400, from: 'near' };
        return size > 1380 ? { kind: 'too-big', mtu: 1380, from: 'far' } : PASSED;
      }),
    );
    const found = await search(attempt);
    expect(found).toMatchObject({ passed: 1380, stopped: 1381, why: 'told' });
    expect(found.reports.map(({ from }) => from)).toEqual([undefined, 'near', 'far']);
    expect(rounds()).toBe(5);
  });

  it('finds every boundary of a path that says nothing, in few rounds', async () => {
    for (let mtu = 68; mtu < 1500; mtu += 7) {
      const { attempt, rounds } = pathOf(behindEthernet((size) => (size <= mtu ? PASSED : SILENT)));
      const found = await search(attempt);
      expect(found, `${mtu}`).toMatchObject({ passed: mtu, stopped: mtu + 1, why: 'silent' });
      expect(rounds(), `${mtu}`).toBeLessThanOrEqual(9);
    }
  });

  it('does not need the size that a router should name (RFC 1191, 5)', async () => {
    const { attempt } = pathOf(behindEthernet((size) => (size <= 1006 ? PASSED : { kind: 'too-big', mtu: undefined, from: 'old' })));
    expect(await search(attempt)).toMatchObject({ passed: 1006, stopped: 1007, why: 'told' });
  });

  it('does not believe a router that names a larger size than the packet had, or a smaller one than has passed', async () => {
    for (const mtu of [9000, 20]) {
      const { attempt } = pathOf(behindEthernet((size) => (size <= 1400 ? PASSED : { kind: 'too-big', mtu, from: 'liar' })));
      expect(await search(attempt), `${mtu}`).toMatchObject({ passed: 1400, stopped: 1401 });
    }
  });

  it('takes no lost packet for the boundary', async () => {
    const { attempt } = pathOf(behindEthernet((size, round) => (round <= 3 && size > 68 ? SILENT : PASSED)));
    expect(await search(attempt)).toMatchObject({ passed: 1500, stopped: 1501, why: 'told' });
  });

  it('ends with what it knows when its time is over', async () => {
    const end = new AbortController();
    const { attempt } = pathOf(
      behindEthernet((size, round) => {
        if (round === 4) end.abort();
        return size <= 1234 ? PASSED : SILENT;
      }),
    );
    const found = await search(attempt, end.signal);
    expect(isExact(found)).toBe(false);
    expect(found.passed).toBeLessThanOrEqual(1234);
    expect(found.stopped).toBeGreaterThan(1234);
  });

  it('ends at once where nothing answers', async () => {
    const { attempt, rounds } = pathOf(() => SILENT);
    expect(await search(attempt)).toMatchObject({ passed: undefined });
    expect(rounds()).toBe(1);
  });
});
