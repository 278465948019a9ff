import { describe, expect, it } from 'vitest';
import { flowsToRuleOut, MOST_FLOWS, Multipath, type Query } from './multipath.js';

/** What a flow meets at a hop, in a network that spreads flows evenly; undefined: nobody answers. */
type Network = (query: Query) => string | undefined;

/** A number of [0, 1) that hangs on its arguments alone (splitmix32). */
function share(seed: number, node: number, flow: number): number {
  let x = (Math.imul(seed, 0x9e3779b9) + Math.imul(node, 0x85ebca6b) + Math.imul(flow + 1, 0xc2b2ae35)) | 0;
  x = Math.imul(x ^ (x >>> 16), 0x21f0aaad);
  x = Math.imul(x ^ (x >>> 15), 0x735a2d97);
  return ((x ^ (x >>> 15)) >>> 0) / 2 ** 32;
}

/** Hops of so many nodes each; each node leads to every node of the next hop. */
const mesh =
  (widths: readonly number[], seed: number): Network =>
  ({ ttl, flow }) => {
    let node = 0;
    for (let hop = 0; hop < ttl; hop++) node = Math.floor(share(seed, hop * 1000 + node, flow) * (widths[hop] ?? 1));
    return `${ttl}.${node}`;
  };

function explore(network: Network, hops: number, target = 'target'): { found: Multipath; asked: number } {
  const first = Array.from({ length: hops }, (_, index) => network({ ttl: index + 1, flow: 0 }));
  const found = new Multipath(first, target);
  let asked = 0;
  for (let queries = found.queries; queries.length > 0; queries = found.queries) {
    for (const query of queries) found.tell(query, network(query) ?? null);
    asked += queries.length;
  }
  return { found, asked };
}

describe('the stopping rule', () => {
  it('asks for as many flows as leave one in a hundred nodes with a successor unfound', () => {
    expect([1, 2, 3, 4, 5, 6].map(flowsToRuleOut)).toEqual([8, 15, 21, 28, 36, 43]);
  });
});

describe('multipath detection', () => {
  it('finds one way where there is one, with eight flows a hop', () => {
    const { found, asked } = explore(mesh([1, 1, 1], 1), 3);
    expect(found.paths).toBe(1);
    expect(asked).toBe(3 * 7);
  });

  it.each([
    ['one hop of four', [1, 4, 1], 4],
    ['two hops, one after the other joins', [2, 1, 3, 1], 6],
    ['two hops, each node leads to each', [1, 3, 2, 1], 6],
    ['sixteen', [1, 16], 16],
  ])('finds all ways in 95 of 100 networks: %s', (_, widths, ways) => {
    const right = Array.from({ length: 100 }, (_each, seed) => explore(mesh(widths, seed), widths.length).found.paths === ways);
    expect(right.filter(Boolean).length).toBeGreaterThanOrEqual(95);
  });

  it('sees beyond silent hops', () => {
    const network = mesh([1, 1, 3, 1], 3);
    const { found } = explore((query) => (query.ttl === 2 ? undefined : network(query)), 4);
    expect(found.nodes.map(({ length }) => length)).toEqual([1, 0, 3, 1]);
    expect(found.paths).toBe(3);
  });

  it('counts ways of another length, which meet the target earlier', () => {
    // Even flows go by a, which leads to the target; odd ones by b and c.
    const network: Network = ({ ttl, flow }) => {
      if (ttl === 1) return 'r';
      const short = share(5, 1, flow) < 0.5;
      return ttl === 2 ? (short ? 'a' : 'b') : short ? 'target' : 'c';
    };
    const { found } = explore(network, 3);
    expect(found.paths).toBe(2);
    expect(found.isCutShort).toBe(false);
  });

  it('says so where the most flows it may send do not do', () => {
    const { found } = explore(mesh([1, 60, 1], 7), 3);
    expect(found.isCutShort).toBe(true);
    expect(found.queries).toEqual([]);
    expect(Math.max(...found.nodes.map(({ length }) => length))).toBeLessThanOrEqual(MOST_FLOWS);
  });

  it('does not count flows that got no answer', () => {
    const network = mesh([1, 2, 1], 9);
    const { found, asked } = explore(
      (query) => (query.ttl === 2 && query.flow > 0 && query.flow % 3 === 0 ? undefined : network(query)),
      3,
    );
    expect(found.paths).toBe(2);
    expect(asked).toBeGreaterThan(3 * 14);
  });
});
