import { isIP } from 'node:net';
import type { MplsLabel } from './mpls.js';

/** One probe as a program told of it. */
export interface ToldProbe {
  readonly ttl: number;
  /** Who answered; undefined where nobody did. */
  readonly from: string | undefined;
  /** ms; undefined where nobody answered. */
  readonly rttMs: number | undefined;
  /** What traceroute(8) puts behind the time of an answer that says "unreachable", as in `!H`. */
  readonly mark: string | undefined;
  readonly labels: readonly MplsLabel[];
}

/** What traceroute(8) of Linux prints with -n and -e: a line a TTL; the probes after an address are its, until another address stands there. */
export function parseTraceroute(stdout: string): ToldProbe[] {
  return [...stdout.matchAll(/^ *(\d+) +(.+)$/gm)].flatMap(([, ttl, rest = '']) => parseLine(Number(ttl), rest.split(/\s+/)));
}

function parseLine(ttl: number, words: readonly string[]): ToldProbe[] {
  const probes: ToldProbe[] = [];
  let from: string | undefined;
  let labels: readonly MplsLabel[] = [];
  for (const [index, word] of words.entries()) {
    if (word === '*') probes.push({ ttl, from: undefined, rttMs: undefined, mark: undefined, labels: [] });
    else if (isIP(word) > 0) [from, labels] = [word, []];
    else if (word.startsWith('<MPLS:')) labels = parseLabels(word);
    else if (word.startsWith('!')) markLast(probes, word);
    else if (words[index + 1] === 'ms') probes.push({ ttl, from, rttMs: Number(word), mark: undefined, labels });
  }
  return probes;
}

function markLast(probes: ToldProbe[], mark: string): void {
  const last = probes.pop();
  if (last) probes.push({ ...last, mark });
}

/** `<MPLS:L=24,E=0,S=0,T=1/L=25,E=0,S=1,T=1>` */
function parseLabels(text: string): MplsLabel[] {
  return [...text.matchAll(/L=(\d+),E=(\d+),S=(\d),T=(\d+)/g)].map(([, label, trafficClass, bottom, ttl]) => ({
    label: Number(label),
    trafficClass: Number(trafficClass),
    bottom: bottom === '1',
    ttl: Number(ttl),
  }));
}

/** What mtr(8) prints with --raw (its FORMATS) of one round: `x` a probe was sent, `h` who is at a TTL, `p` an answer, us; `m` a label of it. TTLs are counted from 0. */
export function parseMtr(stdout: string): ToldProbe[] {
  const probes = new Map<string, ToldProbe>();
  const hosts = new Map<number, string>();
  const labels = new Map<number, MplsLabel[]>();
  for (const line of stdout.split('\n')) {
    const [kind, place, first = '', second = '', ...more] = line.split(' ');
    const ttl = Number(place) + 1;
    if (kind === 'x') probes.set(first, { ttl, from: undefined, rttMs: undefined, mark: undefined, labels: [] });
    if (kind === 'h') hosts.set(ttl, first);
    if (kind === 'm') labels.set(ttl, withLabel(labels.get(ttl) ?? [], [first, second, ...more].map(Number)));
    if (kind === 'p')
      probes.set(second, { ttl, from: hosts.get(ttl), rttMs: Number(first) / 1e3, mark: undefined, labels: labels.get(ttl) ?? [] });
  }
  return [...probes.values()].sort((one, other) => one.ttl - other.ttl);
}

/** mtr(8) says a hop's labels again with each answer. */
function withLabel(known: readonly MplsLabel[], [label = 0, trafficClass = 0, bottom = 0, ttl = 0]: readonly number[]): MplsLabel[] {
  return known.some((each) => each.label === label) ? [...known] : [...known, { label, trafficClass, bottom: bottom === 1, ttl }];
}
