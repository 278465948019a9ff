import { Capture } from './capture/capture.js';
import { LabChild } from './child.js';
import { guard, release } from './clean-up.js';
import { FORK, planFan } from './fan.js';
import { command, mustRun, type CommandResult } from './command.js';
import { Link } from './link.js';
import { createNamespace, newLabName, removeLeftovers, removeNamespace } from './namespaces.js';
import { planChain, type LabHost, type LabPlan, type LinkOptions } from './plan.js';
import type { LabProbeRun, ProbeRunnerConfig } from './probe-runner.js';
import type { LabReflectorConfig } from './reflector.js';
import type { TcpServerConfig, TcpServerReady } from './tcp-server.js';
import type { Json } from '../sdk/probe.js';

export interface RunProbeOptions {
  /** Blocks the event loop of the process that measures, in bursts of 20 ms. */
  readonly blockLoop?: boolean;
  /** Runs one after another, each with what the one before left in its memory. */
  readonly times?: number;
  /** What an earlier run has left for the first of them. */
  readonly memory?: Json | undefined;
  /** Address of the name server that the host asks; left out: that of the machine, which the lab has no way to. */
  readonly nameServer?: string | undefined;
  /** Runs side by side, each with a flow of its own, `times` of each. */
  readonly atOnce?: number | undefined;
  /** Threads in which so many run side by side, as in an agent with so many workers. */
  readonly threads?: number | undefined;
}

/** A longer path is a chain of these hosts. */
const HOST_NAME = /^[a-z][a-z0-9]{0,10}$/;
/** What Linux limits by itself: destination unreachable, source quench, time exceeded, parameter problem. */
const DEFAULT_RATE_MASK = 0x1818;
/** Time between two ICMPv6 errors, ms. */
const DEFAULT_RATE_LIMIT_MS = 1000;
/** Patience with a run beyond its own deadline, for the process to start, ms. */
const RUN_PATIENCE_MS = 120_000;

/**
 * A small internet on this machine: hosts in network namespaces, joined by links that do to packets what they are told. All of it ends with `close`, or
 * with the process. Needs what `labAvailability` looks for.
 */
export class Lab {
  readonly links: Link[] = [];
  readonly #children = new Set<LabChild>();

  private constructor(
    readonly name: string,
    private readonly plan: LabPlan,
  ) {}

  /** `client` and `server`, joined by one link. */
  static pair(link: LinkOptions = {}): Promise<Lab> {
    return Lab.chain(['client', 'server'], [link]);
  }

  /** Hosts by name (at most 11 lower case letters and digits), each joined with the next; links without options are plain. @throws RangeError, Error */
  static async chain(names: readonly string[], links: readonly LinkOptions[] = []): Promise<Lab> {
    for (const host of names) if (!HOST_NAME.test(host)) throw new RangeError(`"${host}" is no name for a host of the lab`);
    return Lab.#of((name) => planChain(name, names, links));
  }

  /** A diamond: `client`, `fork`, so many routers side by side, `join`, `server`. The fork sends each flow by one of them, by its addresses and ports. @throws RangeError, Error */
  static async fan(width: number): Promise<Lab> {
    const lab = await Lab.#of((name) => planFan(name, width));
    for (const family of ['ipv4', 'ipv6']) {
      const { code, stderr } = await lab.run(FORK, 'sh', ['-c', `echo 1 > /proc/sys/net/${family}/fib_multipath_hash_policy`]);
      if (code === 0) continue;
      await lab.close();
      throw new Error(`the fork does not spread flows over equal ways: ${stderr}`);
    }
    return lab;
  }

  static async #of(plan: (name: string) => LabPlan): Promise<Lab> {
    await removeLeftovers();
    const name = newLabName();
    const lab = new Lab(name, plan(name));
    guard(lab.#grip());
    try {
      await lab.#build();
      return lab;
    } catch (error) {
      await lab.close();
      throw error;
    }
  }

  /** @throws RangeError when there is no such host */
  host(name: string): LabHost {
    const found = this.plan.hosts.find((host) => host.name === name);
    if (!found) throw new RangeError(`this lab has no host "${name}"`);
    return found;
  }

  /** The processes that the lab runs, or ran. */
  get pids(): number[] {
    return [...this.#children].flatMap(({ pid }) => pid ?? []);
  }

  get client(): LabHost {
    return this.host('client');
  }

  get server(): LabHost {
    return this.host('server');
  }

  /** The n-th link from the client, or the only one. @throws RangeError */
  link(index = 0): Link {
    const link = this.links[index];
    if (!link) throw new RangeError(`this lab has no link ${index}`);
    return link;
  }

  /** What a host does with packets to an address: refuses them by ICMP as prohibited or unreachable, or drops them without a word. */
  async refuse(host: string, how: 'prohibit' | 'unreachable' | 'blackhole', destination: string): Promise<void> {
    const family = destination.includes(':') ? '-6' : '-4';
    await mustRun('ip', ['-n', this.host(host).namespace, family, 'route', 'add', how, destination]);
  }

  /** Lets a host limit its ICMP errors as Linux does by itself: six to one address, then one a second (icmp(7); ip-sysctl, icmp/ratelimit). */
  async limitErrors(host: string): Promise<void> {
    const limits = `echo ${DEFAULT_RATE_MASK} > /proc/sys/net/ipv4/icmp_ratemask && echo ${DEFAULT_RATE_LIMIT_MS} > /proc/sys/net/ipv6/icmp/ratelimit`;
    const { code, stderr } = await this.run(host, 'sh', ['-c', limits]);
    if (code !== 0) throw new Error(`${host} does not limit its errors: ${stderr}`);
  }

  /** Runs a program on a host to its end. @throws Error when it cannot be run or does not end in time */
  run(host: string, program: string, args: readonly string[], timeoutMs = 60_000): Promise<CommandResult> {
    return command('ip', ['netns', 'exec', this.host(host).namespace, program, ...args], timeoutMs);
  }

  /** Captures what passes the devices of a host from now on. */
  capture(host: string): Promise<Capture> {
    return Capture.start(this.host(host).namespace, (child) => this.#children.add(child));
  }

  /** Runs a probe on a host, in a process of its own. */
  async runProbe(host: string, probe: string, target: string, settings: Json = {}, options: RunProbeOptions = {}): Promise<LabProbeRun[]> {
    const { times = 1, blockLoop = false, memory, nameServer, atOnce = 1, threads } = options;
    const config: ProbeRunnerConfig = { probe, target, settings, times, blockLoop, memory, nameServer, atOnce, threads };
    const child = this.start(host, 'probe-runner', config);
    const runs: LabProbeRun[] = [];
    while (runs.length < times * atOnce * (threads ?? 1)) runs.push(await child.next<LabProbeRun>(RUN_PATIENCE_MS));
    await child.stop();
    return runs;
  }

  /** Starts a TCP server on a host; it lives as long as the lab. Gives its port. */
  async serveTcp(host: string, config: TcpServerConfig): Promise<number> {
    const { port } = await this.start(host, 'tcp-server', config).next<TcpServerReady>();
    return port;
  }

  /** Starts a reflector on all addresses of a host; it lives as long as the lab. Gives its port. */
  async serveReflector(host: string, key: string): Promise<number> {
    const { port } = await this.start(host, 'reflector', { key } satisfies LabReflectorConfig).next<{ readonly port: number }>();
    return port;
  }

  /** Starts one of the lab's own programs on a host (`tcp-server`), with one JSON argument; it ends with the lab at the latest. */
  start(host: string, program: string, config: object): LabChild {
    const child = new LabChild(program, config, this.host(host).namespace);
    this.#children.add(child);
    return child;
  }

  /** Ends all processes of the lab and removes its namespaces. Twice is as good as once. */
  async close(): Promise<void> {
    await Promise.all([...this.#children].map((child) => child.stop()));
    for (const { namespace } of this.plan.hosts) await removeNamespace(namespace);
    release(this.name);
  }

  #grip(): { name: string; namespaces: string[]; children: ReadonlySet<LabChild> } {
    return { name: this.name, namespaces: this.plan.hosts.map(({ namespace }) => namespace), children: this.#children };
  }

  async #build(): Promise<void> {
    for (const { namespace } of this.plan.hosts) await createNamespace(namespace);
    for (const link of this.plan.links) this.links.push(await Link.create(link, (child) => this.#children.add(child)));
    for (const { namespace, destination, via, orVia = [] } of this.plan.routes) {
      const version = via.includes(':') ? '-6' : '-4';
      if (version === '-6' && !this.#hasV6()) continue;
      const gateways = orVia.length === 0 ? ['via', via] : [via, ...orVia].flatMap((gateway) => ['nexthop', 'via', gateway]);
      await mustRun('ip', ['-n', namespace, version, 'route', 'add', destination, ...gateways]);
    }
  }

  /** A link under IPv6's smallest MTU has no IPv6 addresses, and routes over it would be refused. */
  #hasV6(): boolean {
    return this.plan.links.every(({ mtu }) => mtu >= 1280);
  }
}
