import { describe, expect, it } from 'vitest';
import { hopRows, labelsText, routesOf, type PathView } from './paths.js';

const node = (address: string): PathView['hops'][number]['nodes'][number] => ({
  ...{ address, name: null, probes: 3, replies: 3, loss: null, rateLimited: false },
  ...{ rttMinMs: 1, rttP50Ms: 2, quotedDscp: 0, mtu: null, mpls: [] },
});

/** A way by these hops: several addresses stand in one hop, none is a silent one. */
function path(id: string, hops: readonly (readonly string[])[], over: Partial<PathView> = {}): PathView {
  return {
    ...{ id, hash: id, protocol: 'icmp', reached: true, traces: 1 },
    ...{ firstSeenAt: '2026-11-23T10:00:00Z', lastSeenAt: '2026-11-23T10:00:00Z' },
    ...{ agent: { id: 'a', name: 'Arles' }, target: { id: 't', address: '192.0.2.1' } },
    hops: hops.map((addresses, index) => ({ ttl: index + 1, silent: addresses.length === 0, nodes: addresses.map(node) })),
    ...over,
  } as PathView;
}

describe('ways of a test', () => {
  it('stand together by agent, target and protocol, the way seen last first', () => {
    const early = path('early', [['r1']]);
    const late = path('late', [['r2']], { lastSeenAt: '2026-11-23T11:00:00Z' });
    const udp = path('udp', [['r1']], { protocol: 'udp' });
    const other = path('other', [['r1']], { agent: { id: 'b', name: 'Aalen' } });
    const routes = routesOf([early, udp, late, other]);
    expect(routes.map(({ current }) => current.id)).toEqual(['other', 'late', 'udp']);
    expect(routes[1]?.others.map(({ id }) => id)).toEqual(['early']);
    expect(routes[1]?.pair).toBe('a>t');
  });
});

describe('the hops of a way', () => {
  it('have a line for each node, and one for a silent hop', () => {
    expect(hopRows(path('p', [['r1'], [], ['r3', 'r4']])).map(({ ttl, node: seen }) => [ttl, seen?.address])).toEqual([
      [1, 'r1'],
      [2, undefined],
      [3, 'r3'],
      [null, 'r4'],
    ]);
  });

  it('are marked where another node answers than before; a silent hop matches anything', () => {
    const before = path('before', [['r1'], ['r2'], [], ['r4']]);
    const now = path('now', [['r1'], ['x2'], ['x3'], [], ['x5']]);
    expect(hopRows(now, before).map(({ changed }) => changed)).toEqual([false, true, false, false, true]);
    expect(hopRows(now).some(({ changed }) => changed)).toBe(false);
  });
});

it('MPLS labels are their numbers', () => {
  expect(labelsText([{ label: 24 }, { label: 25, ttl: 1 }, null, 'odd'])).toBe('24, 25');
});
