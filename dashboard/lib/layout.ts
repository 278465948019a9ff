/** The parts of a TCP handshake in the order in which they happen. */
export const HANDSHAKE_PARTS = [
  { metric: 'tcp.handshake.syn', title: 'SYN sent', meaning: 'From the call to connect until the SYN left: the agent itself' },
  {
    metric: 'tcp.handshake.syn_ack',
    title: 'SYN-ACK back',
    meaning: 'From the SYN until its answer: the path there and back, and the peer',
  },
  { metric: 'tcp.handshake.ack', title: 'ACK sent', meaning: 'From the answer until the ACK left: the agent itself' },
] as const;

/** What of a metric decides how it is drawn. */
export interface Drawable {
  readonly id: string;
  readonly probe: string;
  readonly kind: string;
  readonly title: string;
}

/** One chart: `smoke` is one a pair, with bands and loss; `lines` is one for all pairs; `host` one for all agents; `handshake` one a pair, stacked. */
export interface ChartSpec {
  readonly kind: 'smoke' | 'lines' | 'host' | 'handshake';
  readonly metric: string;
  readonly title: string;
  /** Of `smoke`: the metric of the strip beneath. */
  readonly loss?: string;
}

/** A tab of the test page: the charts of one probe. */
export interface TabSpec {
  readonly id: string;
  readonly probe: string;
  readonly title: string;
  readonly charts: readonly ChartSpec[];
}

type Wanted = readonly [kind: ChartSpec['kind'], ...metrics: string[]];

/** What is worth a look first. A metric that the catalogue lacks is left out. */
const KNOWN: Readonly<Record<string, { id: string; title: string; wanted: readonly Wanted[] }>> = {
  ping: { id: 'latency', title: 'Latency', wanted: [['smoke', 'ping.rtt'], ['lines', 'ping.jitter', 'ping.loss', 'ping.pdv.p95']] },
  tcp: {
    id: 'handshake',
    title: 'Handshake',
    wanted: [['handshake', 'tcp.handshake.syn_ack'], ['lines', 'tcp.handshake.total', 'tcp.connect_time', 'tcp.handshake.syn_retransmits', 'tcp.rtt.avg']],
  },
  system: {
    id: 'host',
    title: 'Host',
    wanted: [
      ['host', 'cpu.utilization', 'cpu.load.1m', 'memory.utilization', 'disk.busy', 'net.received', 'net.sent'],
      ['host', 'net.tcp_retransmit_rate', 'agent.schedule_lag', 'agent.send_slip.p95', 'clock.offset'],
    ],
  },
}; // prettier-ignore

/** Kinds of which a line over time says something. */
const PLOTTABLE = ['LEVEL', 'QUANTILE', 'COUNT', 'RATIO', 'DISTRIBUTION'];
/** Charts of a probe that we know nothing about. */
const MOST_CHARTS = 8;
/** Stands in where the catalogue has no distribution of the samples themselves. */
const STAND_IN: Readonly<Record<string, string>> = { 'ping.rtt': 'ping.rtt.p50' };
const TITLES: Readonly<Record<string, string>> = { 'ping.rtt': 'Round-trip time' };
const LOSS: Readonly<Record<string, string>> = { 'ping.rtt': 'ping.loss', 'ping.rtt.p50': 'ping.loss' };

function chartsOf(wanted: readonly Wanted[], catalogue: ReadonlyMap<string, Drawable>): ChartSpec[] {
  return wanted.flatMap(([kind, ...ids]) =>
    ids.flatMap((id) => {
      const metric = catalogue.get(id) ?? catalogue.get(STAND_IN[id] ?? '');
      return metric
        ? [{ kind, metric: metric.id, title: TITLES[id] ?? metric.title, ...(kind === 'smoke' ? { loss: LOSS[metric.id] } : {}) }]
        : [];
    }),
  );
}

function unknownProbe(probe: string, title: string, catalogue: ReadonlyMap<string, Drawable>): TabSpec {
  const metrics = [...catalogue.values()]
    .filter((metric) => metric.probe === probe && PLOTTABLE.includes(metric.kind))
    .slice(0, MOST_CHARTS);
  return { id: probe, probe, title, charts: metrics.map((metric) => ({ kind: 'lines', metric: metric.id, title: metric.title })) };
}

/** The tabs of a test with these probes: hand-made for those that we know, derived from the catalogue for any other. Without charts there is no tab. */
export function tabsFor(
  probes: readonly { readonly name: string; readonly title: string }[],
  catalogue: ReadonlyMap<string, Drawable>,
): TabSpec[] {
  return probes
    .map(({ name, title }) => {
      const known = KNOWN[name];
      return known
        ? { id: known.id, probe: name, title: known.title, charts: chartsOf(known.wanted, catalogue) }
        : unknownProbe(name, title, catalogue);
    })
    .filter(({ charts }) => charts.length > 0);
}

/** Every metric that a tab's charts need. */
export function metricsOf(tab: TabSpec): string[] {
  const ids = tab.charts.flatMap((chart) => [
    ...(chart.kind === 'handshake' ? HANDSHAKE_PARTS.map((part) => part.metric) : [chart.metric]),
    ...(chart.loss ? [chart.loss] : []),
  ]);
  return [...new Set(ids)];
}

interface Pair {
  readonly pair: string;
  readonly agent: { readonly name: string };
  readonly target: { readonly address: string };
}

/** What tells the pairs of a page apart: the agent's name, the target's address, or both where both differ. */
export function pairNames(pairs: readonly Pair[]): Map<string, string> {
  const agents = new Set(pairs.map(({ agent }) => agent.name));
  const targets = new Set(pairs.map(({ target }) => target.address));
  const name = ({ agent, target }: Pair): string => {
    if (targets.size <= 1) return agent.name;
    return agents.size <= 1 ? target.address : `${agent.name} → ${target.address}`;
  };
  return new Map(pairs.map((each) => [each.pair, name(each)]));
}
