import { openTcp } from '../kernel/connect.js';
import type { ProbeContext } from '../sdk/probe.js';
import type { Server } from './endpoint.js';
import { askOnce, type Exchange, type Outcome } from './exchange.js';
import { question } from './message.js';
import type { Asked } from './report.js';
import type { DnsSettings } from './settings.js';
import { StreamExchange } from './stream.js';

/**
 * Asks again over TCP, as resolvers do (RFC 7766 5), where the last answer over UDP was cut off and its records are to be judged. It is in no time. Undefined where
 * that is not so.
 */
export async function askWhole(
  given: DnsSettings,
  server: Server,
  asked: readonly Asked[],
  { signal }: Pick<ProbeContext, 'signal'>,
): Promise<Outcome | undefined> {
  const last = asked.findLast(({ outcome }) => 'response' in outcome);
  const cutOff = last && 'response' in last.outcome && last.outcome.response.truncated;
  if (!cutOff || given.transport !== 'udp' || !given.expect?.length || signal.aborted) return undefined;
  const { recursion, dnssec, timeoutMs } = given;
  const open = async (): Promise<Exchange> => new StreamExchange(server, await openTcp(server, { timeoutMs, signal }), 'TCP');
  return askOnce(open, question(last.name, given.type, { recursion, dnssec }), timeoutMs, signal);
}
