import type { ProbeContext } from '../sdk/probe.js';
import { familyOf, parseAddress, type Server } from './endpoint.js';
import { askOnce, type Exchange } from './exchange.js';
import { question, type Response } from './message.js';
import { openExchange } from './open.js';
import type { DnsSettings } from './settings.js';

/** What the authority says of the name: its records, or why they are not known. */
export type FullTtls = { readonly records: Response['answers'] } | { readonly unknown: string };

const DNS_PORT = 53;

/** The authoritative server that the settings name; undefined where they name none. @throws ProbeFailure BAD_SETTINGS */
export function authorityOf({ authority }: DnsSettings): Server | undefined {
  if (authority === undefined) return undefined;
  const place = parseAddress(authority, DNS_PORT, 'authority');
  return { ...place, family: familyOf(place.address), chosenBy: 'settings' };
}

/** Asks the authority for the full TTLs, once, over UDP. That it cannot be had is a reason: it says nothing of the server that is measured. */
export async function askAuthority(
  given: DnsSettings,
  server: Server | undefined,
  name: string,
  { seed, signal }: Pick<ProbeContext, 'seed' | 'signal'>,
): Promise<FullTtls> {
  if (given.uncached) return { unknown: 'the settings ask for names that no cache can have' };
  if (!server) return { unknown: 'the authoritative TTL is not known: name an authoritative server in the setting "authority"' };
  if (signal.aborted) return { unknown: 'the run ended before the authoritative server was asked' };
  const open = (): Promise<Exchange> => openExchange({ ...given, transport: 'udp' }, server, { seed: `${seed} authority`, signal });
  const asked = question(name, given.type, { recursion: false, dnssec: false });
  const outcome = await askOnce(open, asked, given.timeoutMs, signal);
  if ('failure' in outcome) return { unknown: `the authoritative server did not tell the TTL: ${outcome.failure.message}` };
  return recordsOf(outcome.response);
}

function recordsOf({ authoritative, answers }: Response): FullTtls {
  if (!authoritative) return { unknown: 'the server named in "authority" is not authoritative for the name' };
  return answers.length > 0 ? { records: answers } : { unknown: 'the authoritative server has no such record' };
}
