import { totalmem } from 'node:os';
import { describe, expect, it } from 'vitest';
import { readLinux } from './linux.js';
import { interfaceCounters, otherGauges, otherMemoryOutcomes, readOther } from './other.js';
import { ratesBetween } from './rates.js';
import { otherInterfaces } from './details/interfaces.js';
import { otherTopProcesses } from './details/processes.js';

// Systems other than Linux are measured by a library, which works here as well: so it can be compared with what the kernel says itself.
describe('the way of other systems', () => {
  it('tells memory and cores as the system does', async () => {
    const gauges = await otherGauges();
    expect(gauges['memory.total']).toBe(totalmem());
    expect(gauges['host.uptime']).toBeGreaterThan(0);
  });

  it.runIf(process.platform === 'linux')('counts the bytes of an interface as the kernel does', async () => {
    const before = readLinux(['lo']).reading.interfaces?.lo?.received ?? Number.NaN;
    const counted = (await readOther(['lo'])).interfaces?.lo?.received ?? Number.NaN;
    const after = readLinux(['lo']).reading.interfaces?.lo?.received ?? Number.NaN;
    expect(counted).toBeGreaterThanOrEqual(before);
    expect(counted).toBeLessThanOrEqual(after);
  });

  it('gives rates, and says which it cannot give', async () => {
    const older = await readOther([]);
    const rates = ratesBetween({ ...older, at: older.at - 1_000 }, await readOther([]));
    expect(rates['cpu.steal']).toBeTypeOf('string');
    expect(rates['cpu.interrupts']).toBe('this system does not tell');
    expect(rates['net.tcp_retransmit_rate']).toBe('this system does not tell');
  });

  it('takes packets, which the library does not count, for unknown and not for none', () => {
    const stats = { iface: 'en0', operstate: 'up', rx_bytes: 10, tx_bytes: 20, rx_errors: 0, tx_errors: 1, rx_dropped: 2, tx_dropped: 3 };
    const counters = interfaceCounters([{ ...stats, rx_sec: 0, tx_sec: 0, ms: 0 }]);
    const reading = { at: 0, boot: 'b', missing: {}, interfaces: counters };
    const rates = ratesBetween(reading, { ...reading, at: 1_000 });
    expect(rates['net.packets_sent']).toBe('en0 has no counter for this');
    expect(rates['net.sent']).toBe(0);
  });

  it('says that there is no swap', () => {
    const memory = { total: 100, available: 25, buffers: 0, cached: 0, swaptotal: 0, swapused: 0 };
    expect(otherMemoryOutcomes(memory)).toMatchObject({
      'memory.utilization': 75,
      'swap.utilization': 'no swap',
      'memory.cached': 'this system does not tell',
    });
  });

  it('lists processes and interfaces', async () => {
    const { byCpu, byMemory } = await otherTopProcesses(3);
    expect([byCpu, byMemory].map(({ length }) => length)).toEqual([3, 3]);
    expect((await otherInterfaces()).map(({ addresses }) => addresses).flat()).toContain('127.0.0.1/8');
  });
});
