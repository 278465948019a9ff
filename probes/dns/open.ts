import { openTcp, openTls } from '../kernel/connect.js';
import { kernelAvailability } from '../kernel/libc.js';
import type { ProbeContext } from '../sdk/probe.js';
import type { Server } from './endpoint.js';
import type { Exchange } from './exchange.js';
import { HttpsExchange } from './https.js';
import type { DnsSettings } from './settings.js';
import { StreamExchange } from './stream.js';
import { KernelUdp } from './udp-kernel.js';
import { NodeUdp } from './udp-node.js';

/** Opens the way to a server that the settings ask for. @throws ProbeFailure why it does not come about */
export async function openExchange(
  settings: DnsSettings,
  server: Server,
  { seed, signal }: Pick<ProbeContext, 'seed' | 'signal'>,
): Promise<Exchange> {
  const { transport, method, timeoutMs } = settings;
  if (transport === 'udp')
    return method === 'auto' && kernelAvailability().available ? KernelUdp.open(server, seed, signal) : NodeUdp.open(server);
  const patience = { timeoutMs, signal };
  const below = await openTcp({ ...server, seed }, patience);
  if (transport === 'tcp') return new StreamExchange(server, below, 'TCP');
  const wish = { name: server.name ?? server.address, verify: settings.verify };
  if (transport === 'tls')
    return new StreamExchange(server, await openTls(below, server, { ...wish, protocols: ['dot'] }, patience), 'TLS');
  return new HttpsExchange(server, settings.path, await openTls(below, server, { ...wish, protocols: ['h2', 'http/1.1'] }, patience));
}
