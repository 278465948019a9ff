import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { memoryOutcomes } from './parse/meminfo.js';
import { parseLoads, parsePressure, parseStat } from './parse/stat.js';
import { parseDiskstats, parseNetDev, parseSnmp } from './parse/traffic.js';
import { ratesBetween } from './rates.js';
import type { Counters, Reading } from './reading.js';

/** Two recordings of one machine, 1.6 s apart, and what another program (of another language) made of them. */
const FOLDER = join(import.meta.dirname, 'fixtures', 'vm-debian-6.18');
const recorded = (when: string, name: string): string => readFileSync(join(FOLDER, when, `${name}.txt`), 'latin1');
const expected = JSON.parse(readFileSync(join(FOLDER, 'expected.json'), 'utf8')) as {
  seconds: number;
  disks: string[];
  interfaces: string[];
  rates: Record<string, number>;
  memory: Record<string, number | string>;
  loads: number[];
  pressure: number;
  cores: number;
};

const only = (group: Readonly<Record<string, Counters>>, names: string[]) =>
  Object.fromEntries(names.map((name) => [name, group[name] ?? {}]));

function readingOf(when: string, at: number): Reading {
  const tcp = parseSnmp(recorded(when, 'snmp'), 'Tcp');
  const stat = parseStat(recorded(when, 'stat'));
  return {
    at,
    boot: 'recorded',
    cpu: stat.cpu,
    kernel: stat.kernel,
    tcp: { sent: tcp?.get('OutSegs') ?? Number.NaN, retransmitted: tcp?.get('RetransSegs') ?? Number.NaN },
    disks: only(parseDiskstats(recorded(when, 'diskstats')), expected.disks),
    interfaces: only(parseNetDev(recorded(when, 'net-dev')), expected.interfaces),
    missing: {},
  };
}

describe('a recorded machine', () => {
  it('has the rates that the other program found', () => {
    const rates = ratesBetween(readingOf('earlier', 5_000), readingOf('later', 5_000 + expected.seconds * 1000));
    for (const [id, value] of Object.entries(expected.rates)) expect(rates[id as keyof typeof rates], id).toBeCloseTo(value, 6);
    expect(Object.keys(rates).sort()).toEqual(Object.keys(expected.rates).sort());
  });

  it('has the memory that the other program found, and no swap', () => {
    expect(memoryOutcomes(recorded('later', 'meminfo'))).toEqual(expected.memory);
  });

  it('has the load, the pressure and the cores that the other program found', () => {
    expect(parseLoads(recorded('later', 'loadavg'))).toEqual(expected.loads);
    expect(parsePressure(recorded('later', 'pressure-cpu'))).toBe(expected.pressure);
    expect(parseStat(recorded('later', 'stat')).cores).toBe(expected.cores);
  });
});
