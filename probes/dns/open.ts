import { kernelAvailability } from '../kernel/libc.js';
import type { ProbeContext } from '../sdk/probe.js';
import { openTcp, openTls } from './connect.js';
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
  const { transport, verify, timeoutMs, path, method } = settings;
  const secure = { verify, timeoutMs, signal };
  switch (transport) {
    case 'udp':
      return method === 'auto' && kernelAvailability().available ? KernelUdp.open(server, seed, signal) : NodeUdp.open(server);
    case 'tcp':
      return new StreamExchange(server, await openTcp(server, timeoutMs, signal), 'TCP');
    case 'tls':
      return new StreamExchange(server, await openTls(server, { ...secure, protocols: ['dot'] }), 'TLS');
    case 'https':
      return new HttpsExchange(server, path, await openTls(server, { ...secure, protocols: ['h2', 'http/1.1'] }));
  }
}
