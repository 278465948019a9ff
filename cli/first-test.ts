import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { App } from '../server/app.js';
import { Agent } from '../server/entities/agent.js';
import { Recurrence, Topology } from '../server/entities/test-enums.js';
import { NOBODY } from '../server/identity.js';

/** Remembers that the first test was made, so that one that a person deleted does not come back. */
const MARK = 'first-test';
const INTERVAL_SECONDS = 5;

/** The test that `up` starts with: this machine, measured by the local agent against the server's own port. */
export async function ensureFirstTest(app: App, data: string, agentName: string): Promise<void> {
  const mark = join(data, MARK);
  if (existsSync(mark)) return;
  const agent = await firstAgent(app, agentName);
  const caller = { em: app.orm.em.fork(), identity: NOBODY, remoteAddress: 'this process' };
  const test = await app.services.tests.create(caller, {
    name: 'This machine',
    description: 'The first test: round-trip times, TCP handshakes and the host itself, against the server on loopback.',
    targets: [`127.0.0.1:${app.port}`],
    topology: Topology.EACH_TO_TARGETS,
    probes: [{ probe: 'ping', settings: { count: 20, intervalMs: 50 } }, { probe: 'tcp' }, { probe: 'system' }],
    agentIds: [agent.id],
    schedule: { intervalSeconds: INTERVAL_SECONDS, timezone: 'UTC', recurrence: Recurrence.ONCE },
  });
  await writeFile(mark, `${test.id}\n`);
}

/** The agent of this name, as soon as it has registered. */
async function firstAgent({ orm, pubsub }: App, name: string): Promise<Agent> {
  // Subscribed before the first look, so that a registration in between is not missed.
  const changes = pubsub.subscribe('agentChanged');
  const look = (): Promise<Agent | null> => orm.em.fork().findOne(Agent, { name, deletedAt: null }, { orderBy: { registeredAt: 'asc' } });
  let agent = await look();
  if (agent) {
    await changes.return?.();
    return agent;
  }
  for await (const _change of changes) {
    agent = await look();
    if (agent) return agent;
  }
  throw new Error('the server stopped before the local agent had registered');
}
