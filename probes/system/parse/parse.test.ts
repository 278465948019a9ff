import { describe, expect, it } from 'vitest';
import { memoryOutcomes, parseMeminfo } from './meminfo.js';
import { parseCpuinfoFrequency, parsePressure, parseStat } from './stat.js';
import { parseDiskstats, parseNetDev, parseSnmp } from './traffic.js';

describe('/proc/stat', () => {
  it('counts fields that an old kernel lacks as 0', () => {
    const stat = parseStat('cpu  1 2 3 4\ncpu0 1 2 3 4\nintr 9 1 1\nctxt 7\n');
    expect(stat).toEqual({
      cpu: { user: 1, nice: 2, system: 3, idle: 4, iowait: 0, irq: 0, softirq: 0, steal: 0 },
      cores: 1,
      kernel: { interrupts: 9, contextSwitches: 7 },
    });
  });

  it('takes the first number of the interrupts, which is their sum, however many there are', () => {
    expect(parseStat(`cpu  1 1 1 1\nintr 123456789012 ${'5 '.repeat(5000)}\nctxt 1\n`).kernel.interrupts).toBe(123_456_789_012);
  });
});

describe('/proc/meminfo', () => {
  it('is in bytes, and leaves out what is no size', () => {
    const fields = parseMeminfo('MemTotal:       2048 kB\nActive(anon):      1 kB\nHugePages_Total:       3\n');
    expect([...fields]).toEqual([
      ['MemTotal', 2_097_152],
      ['Active(anon)', 1024],
    ]);
  });

  it('gives a reason on a kernel that does not estimate what is available', () => {
    const outcomes = memoryOutcomes('MemTotal: 2048 kB\nMemFree: 1024 kB\nSwapTotal: 100 kB\nSwapFree: 75 kB\n');
    expect(outcomes['memory.used']).toBe("this kernel's /proc/meminfo has no MemAvailable");
    expect(outcomes['memory.utilization']).toBe(outcomes['memory.used']);
    expect(outcomes['swap.utilization']).toBe(25);
  });
});

describe('the frequency in /proc/cpuinfo', () => {
  const cpuinfo = (flags: string): string =>
    ['2000.0', '3000.5'].map((mhz) => `processor : 0\ncpu MHz\t\t: ${mhz}\nflags\t\t: ${flags}\n`).join('\n');

  it('is the mean of the cores where they count their own cycles', () => {
    expect(parseCpuinfoFrequency(cpuinfo('fpu aperfmperf sse'))).toBeCloseTo(2_500_250_000);
  });

  it('is not believed where it is the nominal one, as in virtual machines', () => {
    expect(parseCpuinfoFrequency(cpuinfo('fpu hypervisor sse'))).toBeUndefined();
  });
});

describe('pressure', () => {
  it('is the share of the last ten seconds in which some task waited', () => {
    expect(parsePressure('some avg10=1.25 avg60=0.50 avg300=0.10 total=12\nfull avg10=9.99 avg60=0 avg300=0 total=0\n')).toBe(1.25);
    expect(parsePressure('nothing of the kind')).toBeUndefined();
  });
});

describe('/proc/diskstats', () => {
  it('counts sectors of 512 bytes, in lines with or without the fields of newer kernels', () => {
    const old = ' 259 0 nvme0n1 10 1 20 5 30 2 40 6 0 77 11';
    expect(parseDiskstats(`${old}\n${old.replace('nvme0n1', 'sda')} 1 2 3 4 5 6\n\n`)).toEqual({
      nvme0n1: { reads: 10, read: 10_240, writes: 30, written: 20_480, busyMs: 77 },
      sda: { reads: 10, read: 10_240, writes: 30, written: 20_480, busyMs: 77 },
    });
  });
});

describe('/proc/net/dev', () => {
  it('reads interfaces whose numbers stand close to their names, as they do when they are long', () => {
    const text =
      'Inter-| Receive\n face |bytes\n  eth0:1234567890 5 1 2 0 0 0 0 9876543210 6 3 4 0 0 0 0\n br-0a.7@x: 1 1 0 0 0 0 0 0 2 2 0 0 0 0 0 0\n';
    expect(parseNetDev(text)).toEqual({
      eth0: {
        received: 1_234_567_890,
        packetsReceived: 5,
        errorsIn: 1,
        dropsIn: 2,
        sent: 9_876_543_210,
        packetsSent: 6,
        errorsOut: 3,
        dropsOut: 4,
      },
      'br-0a.7@x': { received: 1, packetsReceived: 1, errorsIn: 0, dropsIn: 0, sent: 2, packetsSent: 2, errorsOut: 0, dropsOut: 0 },
    });
  });
});

describe('/proc/net/snmp', () => {
  it('goes by the names of its own heading, whatever their order', () => {
    const tcp = parseSnmp('Udp: InDatagrams\nUdp: 1\nTcp: OutSegs MaxConn RetransSegs\nTcp: 10 -1 2\n', 'Tcp');
    expect([tcp?.get('OutSegs'), tcp?.get('MaxConn'), tcp?.get('RetransSegs')]).toEqual([10, -1, 2]);
    expect(parseSnmp('Udp: A\nUdp: 1\n', 'Tcp')).toBeUndefined();
  });
});
