import { mustRun } from './command.js';
import type { Lab } from './lab.js';

/** Addresses of the server that two equal ways lead to. */
export interface BehindBoth {
  readonly v4: string;
  readonly v6: string;
}

/** RFC 2544's addresses and unique local ones, apart from those of chains. */
const OWN = {
  client: { v4: '198.18.253.1', v6: 'fd53:5357:0:fd::1', link4: '198.18.252.1', link6: 'fd53:5357:0:fc::1' },
  server: { v4: '198.18.253.2', v6: 'fd53:5357:0:fd::2', link4: '198.18.252.2', link6: 'fd53:5357:0:fc::2' },
} as const;
const DEVICE = 'parallel';

/**
 * Gives a pair of hosts a second, plain link beside its wire, and the client two equal-cost routes to addresses of the server's own: each flow takes one of the
 * links by its addresses and ports (net.ipv4.fib_multipath_hash_policy 1). Answers come back over the plain link. @throws Error when the system refuses
 */
export async function addParallelLink(lab: Lab): Promise<BehindBoth> {
  const [client, server] = [lab.client.namespace, lab.server.namespace];
  const pair = `link add ${DEVICE} netns ${client} type veth peer name ${DEVICE} netns ${server}`;
  await mustRun('ip', pair.split(' '));
  for (const [namespace, own] of [
    [client, OWN.client],
    [server, OWN.server],
  ] as const) {
    const lines = [
      `link set ${DEVICE} addrgenmode eui64 up`,
      ...[`addr add ${own.link4}/30 dev ${DEVICE}`, `addr add ${own.link6}/64 dev ${DEVICE} nodad`],
      ...[`addr add ${own.v4}/32 dev lo`, `addr add ${own.v6}/128 dev lo`],
    ];
    await mustRun('ip', ['-n', namespace, '-batch', '-'], lines.join('\n'));
  }
  const { right } = lab.link();
  const both = (version: string, to: string, from: string, first: string, second: string): Promise<string> =>
    mustRun('ip', ['-n', client, version, ...`route add ${to} src ${from} nexthop via ${first} nexthop via ${second}`.split(' ')]);
  await both('-4', OWN.server.v4, OWN.client.v4, right.v4, OWN.server.link4);
  await both('-6', OWN.server.v6, OWN.client.v6, right.v6, OWN.server.link6);
  await mustRun('ip', ['-n', server, '-4', 'route', 'add', OWN.client.v4, 'via', OWN.client.link4, 'src', OWN.server.v4]);
  await mustRun('ip', ['-n', server, '-6', 'route', 'add', OWN.client.v6, 'via', OWN.client.link6, 'src', OWN.server.v6]);
  for (const family of ['ipv4', 'ipv6']) {
    const { code, stderr } = await lab.run('client', 'sh', ['-c', `echo 1 > /proc/sys/net/${family}/fib_multipath_hash_policy`]);
    if (code !== 0) throw new Error(`${lab.client.name} does not spread flows over equal ways: ${stderr}`);
  }
  return OWN.server;
}
