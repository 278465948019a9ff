/** What a test aims at, taken apart; each probe takes the part that it needs. */
export interface Target {
  readonly kind: 'HOST' | 'URL' | 'AGENT';
  /** As written by a person. */
  readonly address: string;
  /** Host name or IP address, without brackets. For AGENT: the agent's id until the server has put an address in its place. */
  readonly host: string;
  readonly port?: number;
  /** Of a URL: the whole of it. */
  readonly url?: string;
}

const LONGEST = 2048;
const HOST = /^(?!-)[A-Za-z0-9_](?:[A-Za-z0-9_.-]{0,252})$/;
const IPV6 = /^[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*(%[A-Za-z0-9_.-]+)?$/;
const WRITTEN = 'write host, host:port, [v6]:port, a URL, or agent:ID';

function port(text: string, address: string): number {
  const number = Number(text);
  if (!/^\d{1,5}$/.test(text) || number < 1 || number > 65535)
    throw new TypeError(`target "${address}": the port must be 1 to 65535, not "${text}"`);
  return number;
}

function parseUrl(address: string): Target {
  if (!URL.canParse(address)) throw new TypeError(`target "${address}" is not a valid URL`);
  const url = new URL(address);
  if (url.username || url.password)
    throw new TypeError("a target URL must not carry a user name or password: put them into the probe's secret settings");
  const standard = url.protocol === 'https:' ? 443 : url.protocol === 'http:' ? 80 : undefined;
  if (standard === undefined) throw new TypeError(`target "${address}": a URL must begin with http:// or https://`);
  const host = url.hostname.replace(/^\[|\]$/g, '');
  return { kind: 'URL', address, host, port: url.port ? Number(url.port) : standard, url: url.href };
}

function parseBracketed(address: string): Target {
  const match = /^\[([^\]]+)\](?::(.+))?$/.exec(address);
  if (!match?.[1] || !IPV6.test(match[1])) throw new TypeError(`target "${address}" is not valid: ${WRITTEN}`);
  return { kind: 'HOST', address, host: match[1], ...(match[2] === undefined ? {} : { port: port(match[2], address) }) };
}

/**
 * Takes a target as a person writes it apart: `host`, `host:port`, `[v6]:port`, a URL, or `agent:ID`. Internationalised names become ASCII (IDNA).
 *
 * @throws TypeError with a sentence that says what is wrong and what would be right.
 */
export function parseTarget(text: string): Target {
  const address = text.trim();
  if (address === '') throw new TypeError(`a target must not be empty: ${WRITTEN}`);
  if (address.length > LONGEST) throw new TypeError(`a target may have ${LONGEST} characters at most, this one has ${address.length}`);
  if (address.includes('://')) return parseUrl(address);
  if (address.startsWith('agent:')) {
    const id = address.slice('agent:'.length);
    if (!/^[A-Za-z0-9-]+$/.test(id)) throw new TypeError(`target "${address}" is not valid: after agent: comes an agent's id`);
    return { kind: 'AGENT', address, host: id };
  }
  if (address.startsWith('[')) return parseBracketed(address);
  if (IPV6.test(address) && address.indexOf(':') !== address.lastIndexOf(':')) return { kind: 'HOST', address, host: address };
  return parseHostPort(address);
}

function parseHostPort(address: string): Target {
  const colon = address.indexOf(':');
  const name = colon < 0 ? address : address.slice(0, colon);
  const host = asciiName(name);
  if (host === undefined) throw new TypeError(`target "${address}" is not valid: ${WRITTEN}`);
  return { kind: 'HOST', address, host, ...(colon < 0 ? {} : { port: port(address.slice(colon + 1), address) }) };
}

function asciiName(name: string): string | undefined {
  if (HOST.test(name)) return name;
  // The URL parser applies IDNA; only a name with a character beyond ASCII is given to it, since it would also "mend" others.
  // eslint-disable-next-line no-control-regex -- the control characters are the point: they mark the ASCII range
  if (!/[^\x00-\x7f]/.test(name) || !URL.canParse(`http://${name}/`)) return undefined;
  const host = new URL(`http://${name}/`).hostname;
  return HOST.test(host) ? host : undefined;
}
