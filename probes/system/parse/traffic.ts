import type { Counters } from '../reading.js';

const SECTOR_BYTES = 512;

/** Counters of each block device in `/proc/diskstats` (Linux: Documentation/admin-guide/iostats.rst). Sectors are of 512 bytes whatever the device's own are. */
export function parseDiskstats(text: string): Readonly<Record<string, Counters>> {
  const lines = text.split('\n').map((line) => line.trim().split(/\s+/));
  return Object.fromEntries(
    lines
      .filter((fields) => fields.length >= 14)
      .map((fields) => {
        const count = (column: number): number => Number(fields[column]);
        const [reads, read, writes, written] = [count(3), count(5) * SECTOR_BYTES, count(7), count(9) * SECTOR_BYTES];
        return [fields[2] ?? '', { reads, read, writes, written, busyMs: count(12) }];
      }),
  );
}

/** Counters of each interface in `/proc/net/dev`: proc_net(5). */
export function parseNetDev(text: string): Readonly<Record<string, Counters>> {
  const rows = [...text.matchAll(/^\s*([^\s|][^|]*?):\s*(\d[\d\s]*)$/gm)];
  return Object.fromEntries(
    rows.map(([, name, columns]) => {
      const [received, packetsReceived, errorsIn, dropsIn, , , , , sent, packetsSent, errorsOut, dropsOut] = (columns ?? '')
        .trim()
        .split(/\s+/)
        .map(Number);
      return [name ?? '', { received, packetsReceived, errorsIn, dropsIn, sent, packetsSent, errorsOut, dropsOut } as Counters];
    }),
  );
}

/** The fields of one protocol in `/proc/net/snmp`, by the names of its own heading line; undefined when the protocol is not in it. */
export function parseSnmp(text: string, protocol: string): ReadonlyMap<string, number> | undefined {
  const lines = text.split('\n').filter((line) => line.startsWith(`${protocol}: `));
  const [names, values] = lines.map((line) => line.split(' ').slice(1));
  if (!names || !values) return undefined;
  return new Map(names.map((name, index) => [name, Number(values[index])]));
}
