import type { Client } from 'graphql-ws';
import { UUID } from 'uuidv7';
import { randomBytes } from 'node:crypto';
import { agentInput, plugIn, registeredAgent } from './agents.js';
import type { TestApp } from './app.js';
import { socketClient, type HttpClient } from './client.js';

/** A probe with a metric of each kind, as an agent declares it. */
export function tideProbe(overrides: Record<string, unknown> = {}): Record<string, unknown> {
  const metric = (id: string, kind: string, more: Record<string, unknown> = {}): Record<string, unknown> => ({
    ...{ id: `tide.${id}`, unit: '1', title: id, description: `The ${id} of the tide.`, kind },
    ...more,
  });
  return plugIn({
    settingsSchema: {
      $schema: 'https://json-schema.org/draft/2020-12/schema',
      type: 'object',
      properties: {
        ...{ harbour: { type: 'string' }, count: { type: 'integer', minimum: 1 }, pin: { type: 'string', writeOnly: true } },
        login: { type: 'object', properties: { user: { type: 'string' }, password: { type: 'string', writeOnly: true } } },
      },
      additionalProperties: false,
    },
    metrics: [
      metric('ok', 'BOOL', { unit: 'bool' }),
      metric('level', 'LEVEL'),
      metric('code', 'CODE'),
      metric('loss', 'RATIO', { unit: '%', numerator: 'tide.received', denominator: 'tide.sent' }),
      metric('received', 'COUNT'),
      metric('sent', 'COUNT'),
      metric('wave', 'DISTRIBUTION', { unit: 'ms' }),
    ],
    ...overrides,
  });
}

/** An agent with the tide probe: its id, a client over HTTP and one over WebSocket, both with its own secret. */
export interface TideAgent {
  readonly id: string;
  readonly secret: string;
  readonly client: HttpClient;
  readonly socket: Client;
}

/** Registers an agent that has the tide probe. */
export async function tideAgent(app: TestApp, name = 'Attic', overrides: Record<string, unknown> = {}): Promise<TideAgent> {
  const agent = await registeredAgent(app, { name, probes: [tideProbe()], ...overrides });
  return { ...agent, socket: socketClient(app.url, { bearer: agent.secret }) };
}

/** Has an agent describe itself anew: with the tide probe that knows one metric more. Its assignments are judged again soon after. */
export async function learnMetric(app: TestApp, agent: Pick<TideAgent, 'id' | 'client'>, metric: Record<string, unknown>): Promise<void> {
  const probe = tideProbe();
  const wider = { ...probe, version: '2.0.0', metrics: [metric, ...(probe.metrics as unknown[])] };
  const install = await app.orm.em.fork().execute<{ install_id: string }[]>('select install_id from agent where id = ?', [agent.id]);
  const input = agentInput({ installId: install[0]?.install_id, probes: [wider] });
  await agent.client.data('mutation ($input: RegisterAgentInput!) { describeAgent(input: $input) { id } }', { input });
}

/** A test of the tide probe that runs until it is stopped. */
export function testInput(agentIds: readonly string[], overrides: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    name: 'Harbours',
    targets: ['harbour.example'],
    probes: [{ probe: 'tide' }],
    agentIds,
    schedule: { intervalSeconds: 5 },
    ...overrides,
  };
}

export const TEST_FIELDS = `id name revision status startedAt completedAt targets { id address host port kind }
  probes { probe settings } schedule { nextRunAt } progress { percent expectedResults receivedResults endsAt }
  assignments { nodes { status reason agent { id } target { id address } lastResult { id } } totalCount }`;

export const CREATE_TEST = `mutation ($input: TestInput!) { createTest(input: $input) { ${TEST_FIELDS} } }`;
export const SUBMIT =
  'mutation ($results: [TestResultInput!]!) { submitResults(results: $results) { accepted rejected { id code message retry } } }';

/** A test as `TEST_FIELDS` selects it. */
export interface SeenTest {
  readonly id: string;
  readonly revision: number;
  readonly status: string;
  readonly startedAt: string | null;
  readonly completedAt: string | null;
  readonly targets: {
    readonly id: string;
    readonly address: string;
    readonly host: string | null;
    readonly port: number | null;
    readonly kind: string;
  }[];
  readonly probes: { readonly probe: string; readonly settings: Record<string, unknown> }[];
  readonly schedule: { readonly nextRunAt: string | null };
  readonly progress: {
    readonly percent: number;
    readonly expectedResults: number | null;
    readonly receivedResults: number;
    readonly endsAt: string | null;
  };
  readonly assignments: {
    readonly totalCount: number;
    readonly nodes: {
      readonly status: string;
      readonly reason: string | null;
      readonly agent: { readonly id: string };
      readonly target: { readonly id: string; readonly address: string };
      readonly lastResult: { readonly id: string } | null;
    }[];
  };
}

/** Creates a test. */
export async function createTest(client: HttpClient, input: Record<string, unknown>): Promise<SeenTest> {
  return (await client.data<{ createTest: SeenTest }>(CREATE_TEST, { input })).createTest;
}

/** A test as it is now. */
export async function readTest(client: HttpClient, id: string): Promise<SeenTest> {
  return (await client.data<{ test: SeenTest }>(`query ($id: ID!) { test(id: $id) { ${TEST_FIELDS} } }`, { id })).test;
}

/** A UUIDv7 for a moment. */
export function uuidAt(ms: number): string {
  const random = randomBytes(8);
  return UUID.fromFieldsV7(ms, random.readUInt16BE(0) & 0xfff, random.readUInt32BE(2) & 0x3fffffff, random.readUInt32BE(4)).toString();
}

/** What `submitResults` answers. */
export interface Submitted {
  readonly accepted: string[];
  readonly rejected: { readonly id: string; readonly code: string; readonly message: string; readonly retry: boolean }[];
}

/** A result of the tide probe to the test's first target, started at `at` (ms since 1970). */
export function resultInput(
  test: Pick<SeenTest, 'id' | 'targets'>,
  at: number,
  overrides: Record<string, unknown> = {},
): Record<string, unknown> {
  const startedAt = new Date(at).toISOString();
  const run = { probe: 'tide', status: 'OK', startedAt, durationMs: 12.5, method: 'float gauge', absent: { 'tide.code': 'no code today' } };
  return {
    ...{ id: uuidAt(at), testId: test.id, targetId: test.targets[0]?.id, revision: 1, sequence: Math.floor(at / 5000) },
    ...{ scheduledAt: startedAt, startedAt, status: 'OK', metrics: { 'tide.ok': 1, 'tide.level': 2.5 } },
    ...{ runs: [{ ...run, flow: { port: 7 }, details: { gauge: 'north' } }], ...overrides },
  };
}

/** Sends results as an agent. */
export async function submit(client: HttpClient, results: readonly Record<string, unknown>[]): Promise<Submitted> {
  return (await client.data<{ submitResults: Submitted }>(SUBMIT, { results })).submitResults;
}

/** The events of a subscription one after another. */
export class Events<T> {
  private readonly events: AsyncIterator<{ data?: unknown }>;

  constructor(client: Client, query: string, variables: Record<string, unknown> = {}) {
    this.events = client.iterate({ query, variables })[Symbol.asyncIterator]() as AsyncIterator<{ data?: unknown }>;
  }

  /** The next event's data; it may have happened already. */
  async next(): Promise<T> {
    const { value } = await this.events.next();
    const answer = value as { data?: T; errors?: unknown };
    if (!answer?.data) throw new Error(`the subscription gave no data: ${JSON.stringify(answer)}`);
    return answer.data;
  }

  /** The first event that is as wanted, from now on. */
  async until(wanted: (data: T) => boolean): Promise<T> {
    for (;;) {
      const data = await this.next();
      if (wanted(data)) return data;
    }
  }

  async end(): Promise<void> {
    await this.events.return?.();
  }
}

/** The test once it is as wanted; looks again at each of its changes. */
export async function reaches(app: TestApp, client: HttpClient, id: string, wanted: (test: SeenTest) => boolean): Promise<SeenTest> {
  const changes = app.pubsub.subscribe('testChanged')[Symbol.asyncIterator]();
  try {
    for (;;) {
      // Listens before it looks, so that no change falls between the two.
      const change = changes.next();
      const test = await readTest(client, id);
      if (wanted(test)) return test;
      await change;
    }
  } finally {
    await changes.return?.();
  }
}
