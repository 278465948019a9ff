import { arch, availableParallelism, cpus, hostname, networkInterfaces, platform, release, totalmem, type } from 'node:os';

/** What the server is told of this host when the agent registers. */
export interface HostDescription {
  readonly hostname: string;
  readonly addresses: readonly string[];
  readonly system: Readonly<Record<string, string | number>>;
}

const LINK_LOCAL = /^(fe[89ab][0-9a-f]:|169\.254\.)/i;

/** Addresses that others may reach this host at, IPv4 before IPv6; loopback only where there is no other. */
export function ownAddresses(): string[] {
  const all = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
  const usable = all.filter(({ address }) => !LINK_LOCAL.test(address)).sort((a, b) => a.family.localeCompare(b.family));
  const outward = usable.filter(({ internal }) => !internal);
  return (outward.length > 0 ? outward : usable).map(({ address }) => address);
}

/** Describes this host. */
export function describeHost(): HostDescription {
  const system = {
    os: type(),
    release: release(),
    platform: platform(),
    arch: arch(),
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    memoryBytes: totalmem(),
    node: process.version,
    timezone: Intl.DateTimeFormat().resolvedOptions().timeZone,
  };
  return { hostname: hostname(), addresses: ownAddresses(), system };
}
