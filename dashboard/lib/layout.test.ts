import { describe, expect, it } from 'vitest';
import { metricsOf, pairNames, tabsFor, type Drawable } from './layout.js';

const metric = (id: string, probe: string, kind = 'LEVEL'): [string, Drawable] => [id, { id, probe, kind, title: id }];

const catalogue = new Map([
  metric('ping.rtt', 'ping', 'DISTRIBUTION'),
  metric('ping.loss', 'ping', 'RATIO'),
  metric('tcp.handshake.syn_ack', 'tcp'),
  metric('cpu.utilization', 'system'),
  metric('acme.speed', 'acme'),
  metric('acme.ok', 'acme', 'BOOL'),
]);

const probe = (name: string): { name: string; title: string } => ({ name, title: name });

describe('the tabs of a test', () => {
  it('are those of its probes, in their order', () => {
    expect(tabsFor([probe('tcp'), probe('ping'), probe('system')], catalogue).map(({ id }) => id)).toEqual([
      'handshake',
      'latency',
      'host',
    ]);
  });

  it('draw latency with bands and a strip of loss', () => {
    const [latency] = tabsFor([probe('ping')], catalogue);
    expect(latency?.charts[0]).toEqual({ kind: 'smoke', metric: 'ping.rtt', title: 'Round-trip time', loss: 'ping.loss' });
  });

  it('draw the median of each run where the samples themselves are not kept', () => {
    const [latency] = tabsFor([probe('ping')], new Map([metric('ping.rtt.p50', 'ping', 'QUANTILE')]));
    expect(latency?.charts[0]?.metric).toBe('ping.rtt.p50');
  });

  it('are made from the catalogue for a plug-in, without what has no line', () => {
    const [tab] = tabsFor([probe('acme')], catalogue);
    expect(tab?.charts.map((chart) => chart.metric)).toEqual(['acme.speed']);
  });

  it('ask for all parts of a handshake at once', () => {
    const [handshake] = tabsFor([probe('tcp')], catalogue);
    expect(handshake && metricsOf(handshake)).toEqual(['tcp.handshake.syn', 'tcp.handshake.syn_ack', 'tcp.handshake.ack']);
  });
});

describe('the names of pairs', () => {
  const pair = (agent: string, target: string): { pair: string; agent: { name: string }; target: { address: string } } => ({
    pair: `${agent}>${target}`,
    agent: { name: agent },
    target: { address: target },
  });

  it('say only what differs', () => {
    expect([...pairNames([pair('a', 't'), pair('b', 't')]).values()]).toEqual(['a', 'b']);
    expect([...pairNames([pair('a', 't'), pair('a', 'u')]).values()]).toEqual(['t', 'u']);
    expect([...pairNames([pair('a', 't'), pair('b', 'u')]).values()]).toEqual(['a → t', 'b → u']);
  });
});
