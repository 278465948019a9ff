import { openTcp, openTls } from '../kernel/connect.js';
import { kernelAvailability } from '../kernel/libc.js';
import { ProbeFailure } from '../sdk/error.js';
import type { ProbeContext } from '../sdk/probe.js';
import { flowPorts, sourcePorts } from '../kernel/source-port.js';
import type { Server } from './endpoint.js';
import type { Exchange } from './exchange.js';
import { HttpsExchange } from './https.js';
import type { DnsSettings } from './settings.js';
import { ReopeningExchange } from './reopening.js';
import { StreamExchange } from './stream.js';
import { KernelUdp } from './udp-kernel.js';
import { NodeUdp } from './udp-node.js';

/** Opens the way to a server that the settings ask for. @throws ProbeFailure why it does not come about */
export async function openExchange(
  settings: DnsSettings,
  server: Server,
  { seed, signal }: Pick<ProbeContext, 'seed' | 'signal'>,
): Promise<Exchange> {
  const { transport, method } = settings;
  if (transport === 'udp')
    return method === 'auto' && kernelAvailability().available ? KernelUdp.open(server, sourcePorts(seed), signal) : NodeUdp.open(server);
  return ReopeningExchange.open(() => openConnection(settings, server, { seed, signal }));
}

async function openConnection(
  settings: DnsSettings,
  server: Server,
  { seed, signal }: Pick<ProbeContext, 'seed' | 'signal'>,
): Promise<Exchange> {
  const { transport, timeoutMs } = settings;
  const patience = { timeoutMs, signal };
  const below = await openTcp({ ...server, seed }, patience);
  if (transport === 'tcp') return new StreamExchange(server, below, 'TCP');
  const wish = { name: server.name ?? server.address, verify: settings.verify };
  if (transport === 'tls')
    return new StreamExchange(server, await openTls(below, server, { ...wish, protocols: ['dot'] }, patience), 'TLS');
  return new HttpsExchange(server, settings.path, await openTls(below, server, { ...wish, protocols: ['h2', 'http/1.1'] }, patience));
}

/**
 * Opens as many ways as the settings ask for flows; only UDP has more than one. @throws ProbeFailure BAD_SETTINGS, UNSUPPORTED, and why one does not come
 * about
 */
export async function openFlows(
  settings: DnsSettings,
  server: Server,
  context: Pick<ProbeContext, 'seed' | 'signal'>,
): Promise<Exchange[]> {
  const { flows, transport, method } = settings;
  if (flows === 1) return [await openExchange(settings, server, context)];
  if (transport !== 'udp') throw new ProbeFailure('BAD_SETTINGS', `flows: only udp has several flows; leave it at 1 with ${transport}`);
  const kernel = kernelAvailability();
  if (method !== 'auto' || !kernel.available)
    throw new ProbeFailure(
      'UNSUPPORTED',
      `flows: several flows need the kernel layer (${kernel.available ? `method: ${method}` : kernel.reason})`,
    );
  const opened = await Promise.allSettled(flowPorts(context.seed, flows).map((ports) => KernelUdp.open(server, ports, context.signal)));
  const failed = opened.find((each) => each.status === 'rejected');
  const exchanges = opened.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
  if (!failed) return exchanges;
  for (const exchange of exchanges) exchange.close();
  throw failed.reason;
}
