import { randomUUID } from 'node:crypto';
import type { TestApp } from './app.js';
import { HttpClient } from './client.js';

/** What an agent with one plug-in probe says of itself. */
export function agentInput(overrides: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    installId: randomUUID(),
    protocol: 1,
    name: 'Attic',
    hostname: 'attic.example',
    version: '0.1.0',
    addresses: ['127.0.0.1', '::1'],
    system: { platform: 'linux' },
    probes: [plugIn()],
    ...overrides,
  };
}

/** A probe that is none of ours, as an agent declares it. */
export function plugIn(overrides: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    name: 'tide',
    version: '1.2.0',
    available: true,
    method: 'float gauge',
    title: 'Tide',
    description: 'Measures how high the water stands.',
    settingsSchema: { type: 'object', properties: { harbour: { type: 'string' } } },
    metrics: [{ id: 'tide.level', unit: 'ms', title: 'Level', description: 'Height of the water.', kind: 'LEVEL' }],
    ...overrides,
  };
}

export const REGISTER = 'mutation ($input: RegisterAgentInput!) { registerAgent(input: $input) { secret agent { id name status } } }';
export const HEARTBEAT = 'mutation ($input: HeartbeatInput!) { heartbeat(input: $input) { receivedAt serverTime heartbeatSeconds } }';

export interface Registered {
  readonly registerAgent: {
    readonly secret: string;
    readonly agent: { readonly id: string; readonly name: string; readonly status: string };
  };
}

/** A heartbeat as an agent sends it. */
export function heartbeatInput(overrides: Record<string, unknown> = {}): Record<string, unknown> {
  return { protocol: 1, sentAt: new Date().toISOString(), spooledResults: 0, droppedResults: 0, ...overrides };
}

/** A new enrolment token's secret. */
export async function enrolmentToken(admin: HttpClient, maxUses = 1): Promise<{ secret: string; id: string }> {
  const { createApiToken } = await admin.data<{ createApiToken: { secret: string; token: { id: string } } }>(
    'mutation ($input: ApiTokenInput!) { createApiToken(input: $input) { secret token { id } } }',
    { input: { name: 'for a new agent', kind: 'ENROLLMENT', maxUses } },
  );
  return { secret: createApiToken.secret, id: createApiToken.token.id };
}

/** Registers an agent: its id, its own secret, and a client that carries it. */
export async function registeredAgent(
  app: TestApp,
  overrides: Record<string, unknown> = {},
): Promise<{ id: string; secret: string; client: HttpClient }> {
  const enrolling = new HttpClient(app.url, await app.createLocalEnrollment('test'));
  const { registerAgent } = await enrolling.data<Registered>(REGISTER, { input: agentInput(overrides) });
  const { agent, secret } = registerAgent;
  return { id: agent.id, secret, client: new HttpClient(app.url, secret) };
}
