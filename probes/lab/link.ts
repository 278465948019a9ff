import { mustRun } from './command.js';
import { LabChild } from './child.js';
import type { PlannedEnd, PlannedLink } from './plan.js';
import type { LinkCounters, LinkImpairments, WireConfig } from './wire/settings.js';

/** Packets that a device keeps while the wire is busy elsewhere, so that nothing is lost without being counted. */
const DEVICE_QUEUE = 10_000;

/** A link between two hosts of the lab. */
export class Link {
  private constructor(
    readonly left: PlannedEnd,
    readonly right: PlannedEnd,
    private readonly wire: LabChild | undefined,
  ) {}

  /** Joins two namespaces. `started` learns of the wire's process before anything can fail. @throws Error when the system refuses */
  static async create(plan: PlannedLink, started: (child: LabChild) => void): Promise<Link> {
    const wire = plan.impairments === undefined ? undefined : startWire(plan, plan.impairments);
    if (wire) {
      started(wire);
      await wire.next();
    } else {
      const { left, right } = plan;
      const pair = `link add ${left.device} netns ${left.namespace} type veth peer name ${right.device} netns ${right.namespace}`;
      await mustRun('ip', pair.split(' '));
    }
    for (const end of [plan.left, plan.right]) await configure(end, plan.mtu, wire === undefined);
    return new Link(plan.left, plan.right, wire);
  }

  /** Changes what the wire does from now on: a direction that is given does that and no more, one that is left out stays as it is. @throws Error where the link is a plain pair */
  async set(impairments: LinkImpairments): Promise<LinkCounters> {
    return this.#wire().ask({ set: impairments });
  }

  /** What the wire did so far, exactly. @throws Error where the link is a plain pair */
  async counters(): Promise<LinkCounters> {
    return this.#wire().ask({ counters: true });
  }

  #wire(): LabChild {
    if (!this.wire)
      throw new Error(`the link ${this.left.host} - ${this.right.host} is a plain pair: give it impairments to make it a wire`);
    return this.wire;
  }
}

function startWire({ left, right, mtu }: PlannedLink, impairments: LinkImpairments): LabChild {
  const config: WireConfig = { ends: [left, right], mtu, impairments };
  return new LabChild('wire/main', config);
}

async function configure({ namespace, device, v4, v6 }: PlannedEnd, mtu: number, hasNeighbours: boolean): Promise<void> {
  // A router asks for its neighbours from a link-local address; a wire has no neighbours to ask for, and is more quiet without one.
  const addresses = hasNeighbours ? 'addrgenmode eui64' : 'addrgenmode none';
  // IPv6 has no links of less than 1280 bytes (RFC 8200, 5): there the device does not know it.
  const hasV6 = mtu >= 1280;
  const lines = [
    `link set ${device} mtu ${mtu} txqueuelen ${DEVICE_QUEUE} ${hasV6 ? addresses : ''} up`,
    `addr add ${v4}/30 dev ${device}`,
    ...(hasV6 ? [`addr add ${v6}/64 dev ${device} nodad`] : []),
  ];
  await mustRun('ip', ['-n', namespace, '-batch', '-'], lines.join('\n'));
}
