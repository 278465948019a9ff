import 'reflect-metadata';
import { describe, expect, it } from 'vitest';
import { PathChangeKind } from '../../entities/path-change.js';
import type { Hop, HopNode } from '../../entities/path.js';
import { advance, pathOf, type PathState } from './state.js';
import type { Trace } from './trace.js';

function hop(ttl: number, addresses: readonly string[], more: Partial<HopNode> = {}): Hop {
  const nodes = addresses.map((address) => ({
    ...{ address, name: null, probes: 3, replies: 3, loss: null, rateLimited: false, rttMinMs: 1, rttP50Ms: 1, rttP95Ms: null },
    ...{ jitterMs: null, replyTtl: null, quotedDscp: null, quotedEcn: null, mtu: null, mpls: [], ...more },
  }));
  return { ttl, silent: addresses.length === 0, nodes };
}

const hopsOf = (addresses: readonly string[]): Hop[] => addresses.map((each, index) => hop(index + 1, each === '' ? [] : each.split('|')));
/** A trace that came to its target, over these addresses: '' is silent, 'a|b' are two that answered. */
const way = (...addresses: string[]): Trace => ({
  protocol: 'icmp',
  hash: addresses.join('>'),
  reached: true,
  dscp: 0,
  hops: hopsOf(addresses),
});
/** A trace that did not. */
const lost = (...addresses: string[]): Trace => ({ ...way(...addresses), reached: false });

/** What a series of traces is told as: for each the kind of the change, or nothing. The path of a trace is its hash, unless it is one more of the same. */
function changes(...traces: Trace[]): (readonly [kind: PathChangeKind, ttl: number, before: string] | undefined)[] {
  let state: PathState | undefined;
  return traces.map((trace) => {
    // As it is kept in the database.
    const known = state && (JSON.parse(JSON.stringify(state)) as PathState);
    const { state: next, change } = advance(known, trace, pathOf(known, trace) ?? trace.hash);
    state = next;
    return change && [change.kind, change.firstChangedTtl, change.before];
  });
}
const none = undefined;

describe('a way has changed', () => {
  it('when two traces running show another one, and only then', () => {
    const [before, after] = [way('a', 'b', 'z'), way('a', 'c', 'z')];
    expect(changes(before, after, after, after)).toEqual([none, none, [PathChangeKind.HOP_REPLACED, 2, 'a>b>z'], none]);
    expect(changes(before, after, before, after)).toEqual([none, none, none, none]);
  });

  it('back, with the way that it came from as the one before', () => {
    const [one, other] = [way('a', 'b', 'z'), way('a', 'c', 'z')];
    expect(changes(one, other, other, one, one)[4]).toEqual([PathChangeKind.HOP_REPLACED, 2, 'a>c>z']);
  });

  it('where it is longer, from where they part', () => {
    const longer = way('a', 'c', 'd', 'z');
    expect(changes(way('a', 'b', 'z'), longer, longer)[2]).toEqual([PathChangeKind.LENGTH, 2, 'a>b>z']);
  });

  it('where packets go in a circle, but not for a router that does not count down', () => {
    const circle = way('a', 'b', 'a', 'b');
    expect(changes(way('a', 'b', 'c', 'z'), circle, circle)[2]).toEqual([PathChangeKind.LOOP, 3, 'a>b>c>z']);
    expect(changes(way('a', 'b', 'b', 'z'), way('a', 'b', 'b', 'z'))).toEqual([none, none]);
  });

  it('where the target does not answer any more; that it does again by the same way is no change of it', () => {
    const [before, after] = [way('a', 'b', 'z'), lost('a', 'b')];
    expect(changes(before, after, after, before, before)).toEqual([none, none, [PathChangeKind.UNREACHABLE, 3, 'a>b>z'], none, none]);
  });

  it('where the target is back by another way than before it was lost, however long that is ago', () => {
    const [gone, back] = [lost('a'), way('a', 'x', 'z')];
    expect(changes(way('a', 'b', 'z'), gone, gone, gone, back, back)[5]).toEqual([PathChangeKind.HOP_REPLACED, 2, 'a']);
  });
});

describe('a way is the same', () => {
  it('where a hop was silent, and is known by what it said at another time', () => {
    expect(changes(way('a', '', 'z'), way('a', 'b', 'z'), way('a', '', 'z'), way('a', 'b', 'z'))).toEqual([none, none, none, none]);
    expect(changes(way('a', 'b', 'z'), way('a', '', 'z'), way('a', 'x', 'z'), way('a', 'x', 'z'))[3]?.[0]).toBe(
      PathChangeKind.HOP_REPLACED,
    );
  });

  it('where a router balances packet by packet, whichever answers', () => {
    const traces = ['b|c', 'b', 'b', 'c', 'c', 'b|c'].map((routers) => way('a', routers, 'z'));
    expect(changes(...traces)).toEqual(traces.map(() => none));
  });

  it('where the last hops fall silent before a target that does not answer', () => {
    expect(changes(lost('a', 'b', 'c'), lost('a', 'b'), lost('a', 'b'))).toEqual([none, none, none]);
  });

  it('and one path, where a trace shows less of it', () => {
    const { state } = advance(undefined, way('a', 'b|c', 'z'), 'the whole');
    expect([way('a', 'b|c', 'z'), way('', 'c', 'z'), way('a', 'd', 'z'), lost('a', 'b')].map((trace) => pathOf(state, trace))).toEqual([
      'the whole',
      'the whole',
      undefined,
      undefined,
    ]);
  });
});

describe('what the same way does to packets has changed', () => {
  const marked = (dscp: number, quoted: number | null): Trace => ({
    ...way('a', 'b'),
    dscp,
    hops: [hop(1, ['a'], { quotedDscp: dscp }), hop(2, ['b'], { quotedDscp: quoted })],
  });
  const narrowed = (mtu: number | null): Trace => ({ ...way('a', 'b'), hops: [hop(1, ['a']), hop(2, ['b'], { mtu })] });

  it('where another DSCP arrives of the same that was sent, though a hop did not tell in between', () => {
    expect(changes(marked(46, 46), marked(46, null), marked(46, 0))[2]).toEqual([PathChangeKind.MARKING, 2, 'a>b']);
  });

  it('but not where another DSCP was sent', () => {
    expect(changes(marked(46, 46), marked(0, 0), marked(46, 46))).toEqual([none, none, none]);
  });

  it('where a node announces another MTU; that it announces none is no change', () => {
    expect(changes(narrowed(1400), narrowed(null), narrowed(1280))[2]).toEqual([PathChangeKind.MTU, 2, 'a>b']);
  });

  it('where congestion is marked no more: the ECN field was cleared on the way', () => {
    const ecn = (quotedEcn: number): Trace => ({ ...way('a', 'b'), hops: [hop(1, ['a']), hop(2, ['b'], { quotedEcn })] });
    expect(changes(ecn(2), ecn(0))[1]).toEqual([PathChangeKind.MARKING, 2, 'a>b']);
  });
});

describe('the width of a way', () => {
  const parallel = (...widths: number[]): Trace => ({
    ...way('a', 'b', 'z'),
    parallel: widths.map((width, index) => Array.from({ length: width }, (_, node) => `198.18.${index}.${node}`)),
  });

  it('has changed when two runs that looked for parallel ways say so, narrower as well as wider', () => {
    expect(changes(parallel(1, 4), parallel(1, 2), parallel(1, 2))[2]).toEqual([PathChangeKind.ECMP_WIDTH, 2, 'a>b>z']);
    expect(changes(parallel(1, 2), parallel(1, 4), parallel(1, 4))[2]).toEqual([PathChangeKind.ECMP_WIDTH, 2, 'a>b>z']);
  });

  it('has not where one run found fewer, or did not look', () => {
    expect(changes(parallel(1, 4), parallel(1, 3), way('a', 'b', 'z'), parallel(1, 4))).toEqual([none, none, none, none]);
  });
});
