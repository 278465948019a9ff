import { readdirSync, readlinkSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import { basename } from 'node:path';
import si from 'systeminformation';
import { readSource } from '../outcome.js';
import { parseNetDev } from '../parse/traffic.js';

/** One network interface; null is what it does not tell. */
export interface InterfaceInfo {
  readonly name: string;
  /** up, down, dormant, … or unknown. */
  readonly state: string;
  /** With their prefix lengths. */
  readonly addresses: readonly string[];
  readonly mac: string | null;
  readonly mtu: number | null;
  readonly speedMbps: number | null;
  /** full or half. */
  readonly duplex: string | null;
  readonly driver: string | null;
  /** Since the interface came up. */
  readonly errorsIn: number | null;
  readonly errorsOut: number | null;
}

const NET = '/sys/class/net';

/** The addresses of each interface, as the system's own call tells them. */
function addresses(): ReadonlyMap<string, readonly string[]> {
  const all = Object.entries(networkInterfaces());
  return new Map(all.map(([name, list]) => [name, (list ?? []).map(({ cidr, address }) => cidr ?? address)]));
}

function driverOf(name: string): string | null {
  try {
    return basename(readlinkSync(`${NET}/${name}/device/driver`));
  } catch (error) {
    // A virtual interface has no device, and so no driver.
    if (['ENOENT', 'ENOTDIR', 'EINVAL'].includes((error as NodeJS.ErrnoException).code ?? '')) return null;
    throw error;
  }
}

/** A positive number, or null: the kernel says -1 where an interface has no speed. */
export function positiveOrNull(text: string | number | null | undefined): number | null {
  const number = Number(text ?? Number.NaN);
  return Number.isFinite(number) && number > 0 ? number : null;
}

const known = (text: string | undefined): string | null => (text && text !== 'unknown' ? text : null);

/** The interfaces of Linux, from sysfs and the system's own list of addresses. */
export function linuxInterfaces(): InterfaceInfo[] {
  const counters = parseNetDev(readSource('/proc/net/dev').text ?? '');
  const addressesOf = addresses();
  return Object.keys(counters)
    .filter((name) => readdirSync(NET).includes(name))
    .map((name) => {
      const attribute = (key: string): string | undefined => readSource(`${NET}/${name}/${key}`).text?.trim();
      return {
        name,
        state: attribute('operstate') ?? 'unknown',
        addresses: addressesOf.get(name) ?? [],
        mac: known(attribute('address')),
        mtu: positiveOrNull(attribute('mtu')),
        speedMbps: positiveOrNull(attribute('speed')),
        duplex: known(attribute('duplex')),
        driver: driverOf(name),
        errorsIn: counters[name]?.errorsIn ?? null,
        errorsOut: counters[name]?.errorsOut ?? null,
      };
    });
}

/** The interfaces of another system. Dear: the library starts other programs. */
export async function otherInterfaces(): Promise<InterfaceInfo[]> {
  const [found, stats] = await Promise.all([si.networkInterfaces(), si.networkStats('*')]);
  const addressesOf = addresses();
  return [found].flat().map((info) => {
    const counted = stats.find(({ iface }) => iface === info.iface);
    return {
      name: info.iface,
      state: info.operstate,
      addresses: addressesOf.get(info.iface) ?? [],
      mac: known(info.mac),
      mtu: positiveOrNull(info.mtu),
      speedMbps: positiveOrNull(info.speed),
      duplex: known(info.duplex),
      driver: null,
      errorsIn: counted?.rx_errors ?? null,
      errorsOut: counted?.tx_errors ?? null,
    };
  });
}
