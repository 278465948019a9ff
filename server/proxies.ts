import type { IncomingMessage } from 'node:http';
import { BlockList, isIP } from 'node:net';

/** Which proxies may say where a request came from: `true` the nearest alone, or their addresses and networks. */
export type TrustedProxies = boolean | readonly string[];

/** Whether to believe the proxy at this address; `hop` 0 is the one that is connected to us. */
export type Trusts = (address: string, hop: number) => boolean;

/** Whether a text is an IP address or a network, as in `10.0.0.0/8`. */
export function isNetwork(text: string): boolean {
  const [address = '', length, ...more] = text.split('/');
  const family = isIP(address);
  if (family === 0 || more.length > 0) return false;
  return length === undefined || (/^\d{1,3}$/.test(length) && Number(length) <= (family === 4 ? 32 : 128));
}

/** Makes the question for a configuration; Fastify takes it as its `trustProxy` too. */
export function trustOf(trusted: TrustedProxies): Trusts {
  if (trusted === false) return () => false;
  if (trusted === true) return (_address, hop) => hop === 0;
  const networks = new BlockList();
  for (const network of trusted) {
    const [address = '', length] = network.split('/');
    const family = isIP(address) === 6 ? 'ipv6' : 'ipv4';
    if (length === undefined) networks.addAddress(address, family);
    else networks.addSubnet(address, Number(length), family);
  }
  return (address) => {
    const bare = address.replace(/^::ffff:(?=\d+\.)/i, '');
    const family = isIP(bare);
    return family !== 0 && networks.check(bare, family === 6 ? 'ipv6' : 'ipv4');
  };
}

/** The client's IP address: the last one that a trusted proxy does not stand for. What a client itself writes into the header counts for nothing. */
export function clientAddress(trusts: Trusts, request: IncomingMessage): string {
  let address = request.socket.remoteAddress ?? 'unknown';
  const forwarded = headerText(request.headers['x-forwarded-for']).split(',').map((part) => part.trim()).reverse(); // prettier-ignore
  for (const [hop, before] of forwarded.entries()) {
    if (before === '' || !trusts(address, hop)) break;
    address = before;
  }
  return address;
}

/** The host that the client asked for: the trusted proxy's word, else the request's own. */
export function clientHost(trusts: Trusts, request: IncomingMessage): string | undefined {
  const forwarded = headerText(request.headers['x-forwarded-host']).split(',').at(-1)?.trim();
  return forwarded !== undefined && forwarded !== '' && trusts(request.socket.remoteAddress ?? '', 0) ? forwarded : request.headers.host;
}

function headerText(header: string | string[] | undefined): string {
  return Array.isArray(header) ? header.join(',') : (header ?? '');
}
