const RIGHT = 'give the address that browsers use, as in https://streamswarm.example.net or http://127.0.0.1:4000';
const PROTOCOLS: Readonly<Record<string, string>> = { 'http:': 'ws:', 'https:': 'wss:', 'ws:': 'ws:', 'wss:': 'wss:' };

/**
 * The WebSocket address of a server's GraphQL API from what a person writes: `http` becomes `ws`, and `/graphql` is appended where it is missing.
 *
 * @throws TypeError with a sentence that says what is wrong and what would be right
 */
export function graphqlUrl(server: string): string {
  if (!URL.canParse(server)) throw new TypeError(`server "${server}" is not a URL: ${RIGHT}`);
  const url = new URL(server);
  const protocol = PROTOCOLS[url.protocol];
  if (!protocol) throw new TypeError(`server "${server}" begins with ${url.protocol}, not with http(s): or ws(s): ${RIGHT}`);
  if (url.username || url.password)
    throw new TypeError('the server URL must not carry a user name or password: agents use an enrolment token');
  if (url.search || url.hash) throw new TypeError(`server "${server}" must end with its path, without "${url.search}${url.hash}"`);
  const path = url.pathname.replace(/\/+$/, '');
  return `${protocol}//${url.host}${path.endsWith('/graphql') ? path : `${path}/graphql`}`;
}

/** Whether what is sent to this server can be read on the way: no TLS, and not on this host. */
export function isReadableOnTheWay(url: string): boolean {
  const { protocol, hostname } = new URL(url);
  return protocol === 'ws:' && hostname !== 'localhost' && hostname !== '[::1]' && !/^127(\.\d+){3}$/.test(hostname);
}
