import { describe, expect, it } from 'vitest';
import { CATALOGUE, PROBE_CATALOGUE } from './catalogue.js';

/** Prefixes beside the probe's own name. */
const FOREIGN_PREFIXES: Readonly<Record<string, readonly string[]>> = {
  system: ['cpu', 'memory', 'swap', 'disk', 'net', 'process', 'host', 'agent', 'clock'],
  udp: ['voip'],
  http: ['tls'],
};

const ids = CATALOGUE.map(({ id }) => id);
const prefixOf = (id: string): string => id.slice(0, id.indexOf('.'));

describe('the metric catalogue', () => {
  it('has the 214 metrics of the design, and the distributions ping.rtt and tcp.rtt beside them', () => {
    expect(CATALOGUE).toHaveLength(214 + 2);
    expect(ids).toEqual(expect.arrayContaining(['ping.rtt', 'tcp.rtt']));
  });

  it('keeps the samples of the five distributions, and of nothing else', () => {
    const distributions = CATALOGUE.filter(({ kind }) => kind === 'DISTRIBUTION').map(({ id }) => id);
    expect(distributions.sort()).toEqual(['dns.time', 'ping.rtt', 'tcp.rtt', 'udp.owd.forward', 'udp.owd.reverse']);
  });

  it('declares each id once', () => {
    expect(ids.filter((id, index) => ids.indexOf(id) !== index)).toEqual([]);
  });

  it('gives each prefix to one probe', () => {
    for (const { id, probe } of CATALOGUE) expect([probe, ...(FOREIGN_PREFIXES[probe] ?? [])], id).toContain(prefixOf(id));
  });

  it('has an ok metric for each probe', () => {
    expect(ids).toEqual(expect.arrayContaining(PROBE_CATALOGUE.map(({ name }) => `${name}.ok`)));
  });

  it('names counts of the same probe as numerator and denominator of each ratio, and of nothing else', () => {
    for (const { id, kind, probe, numerator, denominator } of CATALOGUE) {
      const parts = [numerator, denominator].filter((part) => part !== undefined);
      expect(parts, id).toHaveLength(kind === 'RATIO' ? 2 : 0);
      for (const part of parts) {
        expect(
          CATALOGUE.find((metric) => metric.id === part),
          `${id}: ${part}`,
        ).toMatchObject({ kind: 'COUNT', probe });
      }
    }
  });

  it('gives each metric a short title and a sentence that says when it is absent', () => {
    for (const { id, title, description } of CATALOGUE) {
      expect(title.length, id).toBeLessThanOrEqual(40);
      expect(title, id).toMatch(/^\S.*[^.]$/);
      expect(description, id).toMatch(/^[A-Z0-9].+\.$/);
      expect(description, id).toMatch(/absent|0 where there is none/);
    }
  });

  it('gives no two metrics of a probe the same title', () => {
    const titles = CATALOGUE.map(({ probe, title }) => `${probe}: ${title}`);
    expect(titles.filter((title, index) => titles.indexOf(title) !== index)).toEqual([]);
  });

  it('has one unit for yes and no', () => {
    for (const { id, unit, kind } of CATALOGUE) expect(unit === 'bool', id).toBe(kind === 'BOOL');
  });

  it('is data that survives JSON, so that it can be sent as it is', () => {
    expect(JSON.parse(JSON.stringify(CATALOGUE))).toEqual(CATALOGUE);
  });
});
