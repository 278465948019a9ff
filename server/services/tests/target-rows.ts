import type { EntityManager } from '../../orm.js';
import type { Target as ParsedTarget } from '../../../probes/sdk/target.js';
import { Agent } from '../../entities/agent.js';
import { Target } from '../../entities/target.js';
import { TargetKind } from '../../entities/test-enums.js';

/** The rows of these targets, in their order, made where they are new. Must run in a transaction. */
export async function internTargets(em: EntityManager, targets: readonly ParsedTarget[]): Promise<Target[]> {
  const known = await em.find(Target, { address: { $in: targets.map(({ address }) => address) } }, { populate: ['agent'] });
  const byAddress = new Map(known.map((target) => [target.address, target]));
  const rows: Target[] = [];
  for (const parsed of targets) rows.push(byAddress.get(parsed.address) ?? (await newTarget(em, parsed)));
  return rows;
}

async function newTarget(em: EntityManager, { kind, address, host, port }: ParsedTarget): Promise<Target> {
  const target = new Target();
  const agent = kind === 'AGENT' ? await em.findOneOrFail(Agent, { id: host }) : null;
  Object.assign(target, { kind: TargetKind[kind], address, host: agent ? null : host, port: port ?? null, agent });
  em.persist(target);
  return target;
}
