import 'reflect-metadata';
import { describe, expect, it } from 'vitest';
import type { Hop, HopNode } from '../../entities/path.js';
import { differenceOf, treatmentOf } from './compare.js';

function hop(ttl: number, addresses: readonly string[], more: Partial<HopNode> = {}): Hop {
  const nodes = addresses.map((address) => ({
    ...{ address, name: null, probes: 3, replies: 3, loss: null, rateLimited: false, rttMinMs: 1, rttP50Ms: 1, rttP95Ms: null },
    ...{ replyTtl: null, quotedDscp: null, quotedEcn: null, mtu: null, mpls: [], ...more },
  }));
  return { ttl, silent: addresses.length === 0, nodes };
}

function path(...addresses: string[]): { reached: boolean; hops: Hop[] } {
  return { reached: true, hops: addresses.map((each, index) => hop(index + 1, each === '' ? [] : each.split('|'))) };
}

describe('two traces', () => {
  it.each([
    ['of the same way do not differ', path('a', 'b', 'z'), path('a', 'b', 'z'), undefined],
    ['do not differ where a hop was silent', path('a', '', 'z'), path('a', 'b', 'z'), undefined],
    [
      'differ from the hop on where another node answers',
      path('a', 'b', 'z'),
      path('a', 'c', 'z'),
      { kind: 'HOP_REPLACED', firstChangedTtl: 2 },
    ],
    [
      'of another length differ from where they part',
      path('a', 'b', 'z'),
      path('a', 'c', 'd', 'z'),
      { kind: 'LENGTH', firstChangedTtl: 2 },
    ],
    ['differ where traffic is spread wider', path('a', 'b', 'z'), path('a', 'b|c', 'z'), { kind: 'ECMP_WIDTH', firstChangedTtl: 2 }],
    ['differ where packets go in a circle', path('a', 'b', 'c', 'z'), path('a', 'b', 'a', 'b'), { kind: 'LOOP', firstChangedTtl: 3 }],
    ['do not differ for a router that does not count down', path('a', 'b', 'b', 'z'), path('a', 'b', 'b', 'z'), undefined],
  ])('%s', (_what, before, after, difference) => {
    expect(differenceOf(before, after)).toEqual(difference);
  });

  it('differ where the target does not answer any more, from the first hop that is missing on', () => {
    const after = { reached: false, hops: path('a', 'b').hops };
    expect(differenceOf(path('a', 'b', 'z'), after)).toEqual({ kind: 'UNREACHABLE', firstChangedTtl: 3 });
  });

  it('of the same way differ in what it does to packets', () => {
    const narrow = { reached: true, hops: [hop(1, ['a']), hop(2, ['b'], { mtu: 1400 })] };
    const narrower = { reached: true, hops: [hop(1, ['a']), hop(2, ['b'], { mtu: 1280 })] };
    const marked = { reached: true, hops: [hop(1, ['a'], { quotedDscp: 46 }), hop(2, ['b'], { quotedDscp: 46 })] };
    const bleached = { reached: true, hops: [hop(1, ['a'], { quotedDscp: 46 }), hop(2, ['b'], { quotedDscp: 0 })] };
    expect(treatmentOf(narrow, narrower)).toEqual({ kind: 'MTU', firstChangedTtl: 2 });
    expect(treatmentOf(marked, bleached)).toEqual({ kind: 'MARKING', firstChangedTtl: 2 });
    expect(treatmentOf(marked, path('a', 'b'))).toBeUndefined();
  });
});
