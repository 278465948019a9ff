import { describe, expect, it } from 'vitest';
import { ratesBetween } from './rates.js';
import type { Reading } from './reading.js';

const idle = { user: 100, nice: 0, system: 100, idle: 800, iowait: 50, irq: 0, softirq: 0, steal: 0 };
const traffic = { received: 0, sent: 0, packetsReceived: 0, packetsSent: 0, errorsIn: 0, errorsOut: 0, dropsIn: 0, dropsOut: 0 };
const disk = { reads: 10, read: 512, writes: 10, written: 512, busyMs: 100 };

const reading = (part: Partial<Reading>): Reading => ({ at: 0, boot: 'b', missing: {}, ...part });

describe('rates between two readings', () => {
  it('are of the time between them, not of the interval that was planned', () => {
    const older = reading({ at: 1_000, interfaces: { eth0: traffic } });
    const newer = reading({ at: 3_500, interfaces: { eth0: { ...traffic, received: 5_000, packetsSent: 10 } } });
    expect(ratesBetween(older, newer)).toMatchObject({ 'net.received': 2_000, 'net.packets_sent': 4, 'net.sent': 0 });
  });

  it('add up the interfaces, and leave out one that came in between', () => {
    const older = reading({ interfaces: { eth0: traffic, eth1: traffic } });
    const grown = { ...traffic, sent: 100 };
    const newer = reading({ at: 1_000, interfaces: { eth0: grown, eth1: grown, eth2: { ...traffic, sent: 1e12 } } });
    expect(ratesBetween(older, newer)['net.sent']).toBe(200);
  });

  it('are absent, by name, where a counter went backwards', () => {
    const older = reading({ interfaces: { eth0: { ...traffic, sent: 4_294_967_000 } }, disks: { sda: disk } });
    const newer = reading({ at: 1_000, interfaces: { eth0: { ...traffic, sent: 50 } }, disks: { sda: { ...disk, busyMs: 3 } } });
    const rates = ratesBetween(older, newer);
    expect(rates['net.sent']).toBe('the counter of eth0 went backwards: it was reset or it wrapped');
    expect(rates['net.received']).toBe(0);
    expect(rates['disk.busy']).toBe('the counter of sda went backwards: it was reset or it wrapped');
  });

  it('are absent where there is nothing to count, with the reason of the source', () => {
    const rates = ratesBetween(reading({}), reading({ at: 1_000, missing: { disks: '/proc/diskstats may not be read by this user' } }));
    expect(rates['disk.read']).toBe('/proc/diskstats may not be read by this user');
    expect(rates['net.sent']).toBe('this host shows no network interface');
    expect(rates['cpu.utilization']).toBe('this system does not tell');
  });

  it('say that a device is new', () => {
    const rates = ratesBetween(reading({ disks: { sda: disk } }), reading({ at: 1_000, disks: { sdb: disk } }));
    expect(rates['disk.read_ops']).toBe('there is no earlier reading of the same device');
    expect(rates['disk.busy']).toBe('there is no earlier reading of the same device');
  });
});

describe('shares of the cores’ time', () => {
  const shares = (newer: object) => ratesBetween(reading({ cpu: idle }), reading({ at: 1_000, cpu: { ...idle, ...newer } }));

  it('leave idle time and waiting for I/O out of the utilization', () => {
    expect(shares({ user: 130, idle: 850, iowait: 60, steal: 10 })).toMatchObject({
      'cpu.utilization': 40,
      'cpu.iowait': 10,
      'cpu.steal': 10,
      'cpu.softirq': 0,
    });
  });

  it('bear that the kernel counts waiting time a little backwards', () => {
    expect(shares({ user: 150, idle: 850, iowait: 49 })).toMatchObject({ 'cpu.utilization': 50, 'cpu.iowait': 0 });
  });

  it('are absent when the counters were reset, or did not move', () => {
    expect(shares({ user: 0, system: 0, idle: 5 })['cpu.utilization']).toContain('went backwards');
    expect(shares({})['cpu.utilization']).toBe('no tick of the kernel passed since the previous reading');
  });

  it('say so where a system does not tell one of them', () => {
    const older = reading({ cpu: { user: 1, system: 1, idle: 1 } });
    const rates = ratesBetween(older, reading({ at: 1_000, cpu: { user: 2, system: 1, idle: 2 } }));
    expect(rates).toMatchObject({ 'cpu.utilization': 50, 'cpu.steal': 'this system does not tell' });
  });
});

describe('the busiest disk', () => {
  it('is the one that counts, and never over 100 %', () => {
    const older = reading({ disks: { sda: disk, sdb: disk } });
    const at = (busyMs: number) => ratesBetween(older, reading({ at: 1_000, disks: { sda: disk, sdb: { ...disk, busyMs } } }))['disk.busy'];
    expect(at(100 + 250)).toBe(25);
    expect(at(100 + 1_004)).toBe(100);
  });
});

describe('retransmissions', () => {
  const rate = (sent: number, retransmitted: number) =>
    ratesBetween(reading({ tcp: { sent: 0, retransmitted: 0 } }), reading({ at: 1_000, tcp: { sent, retransmitted } }))[
      'net.tcp_retransmit_rate'
    ];

  it('are a share of all segments, which the kernel counts apart from those sent again', () => {
    expect(rate(99, 1)).toBe(1);
    expect(rate(0, 5)).toBe(100);
  });

  it('have no share where nothing was sent', () => {
    expect(rate(0, 0)).toBe('the host sent no TCP segment since the previous reading');
  });
});
