import { Resolver } from 'node:dns';
import { isIP } from 'node:net';
import { ofWantedFamily, resolveHost } from '../kernel/lookup.js';
import { ProbeFailure } from '../sdk/error.js';
import type { Target } from '../sdk/target.js';
import { randomLabel } from './message.js';
import { isDnsName, type DnsSettings, type Transport } from './settings.js';

/** Which server is asked. */
export interface Server {
  readonly address: string;
  readonly family: 4 | 6;
  readonly port: number;
  /** The name that its address was looked up by; undefined where it was given as an address. */
  readonly resolvedFrom?: string;
  /** What its certificate is checked against; undefined: its address. */
  readonly name?: string;
  /** Where the choice came from: the settings, the target, or this host. */
  readonly chosenBy: 'settings' | 'target' | 'host';
}

const PORTS: Readonly<Record<Transport, number>> = { udp: 53, tcp: 53, tls: 853, https: 443 };

/** An IP address with or without a port, as in the settings. @throws ProbeFailure BAD_SETTINGS */
export function parseAddress(text: string, usualPort: number, setting: string): { address: string; port: number } {
  const match = /^\[([^\]]+)\](?::(\d{1,5}))?$/.exec(text) ?? /^([\d.]+)(?::(\d{1,5}))?$/.exec(text) ?? [text, text];
  const [, address = '', port] = match;
  const number = port === undefined ? usualPort : Number(port);
  if (isIP(address.split('%')[0] ?? '') !== 0 && number >= 1 && number <= 65_535) return { address, port: number };
  throw new ProbeFailure(
    'BAD_SETTINGS',
    `${setting}: write an IP address, with a port if need be (192.0.2.1, 192.0.2.1:5353, [2001:db8::1]:53)`,
  );
}

/** IP version of an address. */
export const familyOf = (address: string): 4 | 6 => (isIP(address.split('%')[0] ?? '') === 4 ? 4 : 6);

/**
 * Which server is to be asked: that of the settings, the target where the settings name what to ask for, else this host's own (resolv.conf(5)).
 *
 * @throws ProbeFailure BAD_SETTINGS, DNS_FAILURE where the server itself is given by a name that does not resolve
 */
export async function chooseServer(
  { server, name, transport, tlsName, family: wanted }: DnsSettings,
  target: Target,
  signal: AbortSignal,
): Promise<Server> {
  const usual = PORTS[transport];
  if (server !== undefined) {
    const { address, port } = parseAddress(server, usual, 'server');
    const { family } = ofWantedFamily({ address, family: familyOf(address) }, wanted);
    return { address, port, family, name: tlsName, chosenBy: 'settings' };
  }
  if (name !== undefined) {
    const { address, family, resolvedFrom } = await resolveHost(target.host, wanted, signal);
    return { address, family, port: target.port ?? usual, name: tlsName ?? resolvedFrom, resolvedFrom, chosenBy: 'target' };
  }
  const { address, port } = ownServer(wanted);
  return {
    address,
    family: familyOf(address),
    port: transport === 'udp' || transport === 'tcp' ? port : usual,
    name: tlsName,
    chosenBy: 'host',
  };
}

/**
 * This host's own server as resolv.conf(5) names it now: what Node's usual resolver knows is as old as the thread.
 *
 * @throws ProbeFailure DNS_FAILURE where there is none of that family
 */
function ownServer(wanted: DnsSettings['family']): { readonly address: string; readonly port: number } {
  const places = new Resolver().getServers().map((own) => parseAddress(own, PORTS.udp, 'the name server of this host'));
  const place = places.find(({ address }) => wanted === 'auto' || Number(wanted) === familyOf(address));
  if (place) return place;
  const ofFamily = wanted === 'auto' ? '' : ` with an IPv${wanted} address`;
  throw new ProbeFailure('DNS_FAILURE', `this host has no name server${ofFamily} (see /etc/resolv.conf): name one in the setting "server"`);
}

/** What to ask for. @throws ProbeFailure BAD_SETTINGS where that would be an address, no name, or too long */
export function questionName({ name, type, uncached }: DnsSettings, target: Target): string {
  const asked = name ?? target.host;
  if (isIP(asked) === 0) return checkedName(asked.replace(/\.$/, ''), uncached);
  if (type === 'PTR') return reverseName(asked);
  throw new ProbeFailure(
    'BAD_SETTINGS',
    `name: the target ${asked} is an address; say in "name" what to ask it for, or ask for the type PTR`,
  );
}

function checkedName(name: string, uncached: boolean): string {
  if (!isDnsName(name)) throw new ProbeFailure('BAD_SETTINGS', `name: "${name.slice(0, 300)}" is no DNS name such as www.example.com`);
  if (!uncached || isDnsName(`${randomLabel()}.${name}`)) return name;
  throw new ProbeFailure('BAD_SETTINGS', 'name: is so long that no random label has room before it, which "uncached" needs');
}

/** The name under which an address's name stands (RFC 1035 3.5, RFC 3596 2.5). */
export function reverseName(address: string): string {
  if (isIP(address) === 4) return `${address.split('.').reverse().join('.')}.in-addr.arpa`;
  const [head = '', tail] = new URL(`http://[${address}]/`).hostname.slice(1, -1).split('::');
  const left = head === '' ? [] : head.split(':');
  const right = tail === undefined || tail === '' ? [] : tail.split(':');
  const groups = tail === undefined ? left : [...left, ...Array<string>(8 - left.length - right.length).fill('0'), ...right];
  const digits = groups.map((group) => group.padStart(4, '0')).join('');
  return `${[...digits].reverse().join('.')}.ip6.arpa`;
}
