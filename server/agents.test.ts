import { describe, expect, it } from 'vitest';
import { Agent } from './entities/agent.js';
import {
  agentInput,
  enrolmentToken,
  HEARTBEAT,
  heartbeatInput,
  plugIn,
  REGISTER,
  registeredAgent,
  type Registered,
} from './testing/agents.js';
import { HttpClient } from './testing/client.js';
import { ownServer } from './testing/own-server.js';

const DESCRIBE =
  'mutation ($input: RegisterAgentInput!) { describeAgent(input: $input) { name version probes { name available reason } } }';

describe('registering an agent', () => {
  const server = ownServer();

  const register = async (token: string, input: Record<string, unknown>) =>
    (await new HttpClient(server.app.url, token).data<Registered>(REGISTER, { input })).registerAgent;

  it('gives it a secret of its own, of which only the hash is kept', async () => {
    const { secret, agent } = await register((await enrolmentToken(server.admin)).secret, agentInput());
    expect(secret).toMatch(/^ssg_[\w-]{43}$/);
    expect(agent).toMatchObject({ name: 'Attic', status: 'OFFLINE' });
    const [row] = await server.app.orm.em.fork().findAll(Agent);
    expect(JSON.stringify(row)).not.toContain(secret);
  });

  it('gives a new secret when the reply was lost, without counting the token again', async () => {
    const token = await enrolmentToken(server.admin);
    const input = agentInput();
    const lost = await register(token.secret, input);
    const again = await register(token.secret, input);
    expect(again.agent.id).toBe(lost.agent.id);
    expect(again.secret).not.toBe(lost.secret);
    expect(await new HttpClient(server.app.url, lost.secret).code(HEARTBEAT, { input: heartbeatInput() })).toBe('UNAUTHENTICATED');
    expect(await new HttpClient(server.app.url, again.secret).code(HEARTBEAT, { input: heartbeatInput() })).toBeUndefined();
    const { apiTokens } = await server.admin.data<{ apiTokens: { nodes: unknown[] } }>(
      '{ apiTokens { nodes { status uses agents { id } } } }',
    );
    expect(apiTokens.nodes).toEqual([{ status: 'CONSUMED', uses: 1, agents: [{ id: lost.agent.id }] }]);
  });

  it('no longer does so once the secret was used: the token is consumed', async () => {
    const token = await enrolmentToken(server.admin);
    const input = agentInput();
    const { secret } = await register(token.secret, input);
    await new HttpClient(server.app.url, secret).data(HEARTBEAT, { input: heartbeatInput() });
    expect(await new HttpClient(server.app.url, token.secret).code(REGISTER, { input })).toBe('FORBIDDEN');
    expect(await new HttpClient(server.app.url, secret).code(HEARTBEAT, { input: heartbeatInput() })).toBeUndefined();
  });

  it('registers no more agents than the token may', async () => {
    const token = await enrolmentToken(server.admin, 2);
    const codes = [];
    for (let each = 0; each < 3; each++)
      codes.push(await new HttpClient(server.app.url, token.secret).code(REGISTER, { input: agentInput() }));
    expect(codes).toEqual([undefined, undefined, 'FORBIDDEN']);
  });

  it('takes a known installId over with a fresh token: the same agent, a new secret, the old one ends', async () => {
    const input = agentInput();
    const first = await register((await enrolmentToken(server.admin)).secret, input);
    await new HttpClient(server.app.url, first.secret).data(HEARTBEAT, { input: heartbeatInput() });
    const second = await register((await enrolmentToken(server.admin)).secret, { ...input, name: 'Cellar' });
    expect(second.agent).toMatchObject({ id: first.agent.id, name: 'Cellar' });
    expect(await new HttpClient(server.app.url, first.secret).code(HEARTBEAT, { input: heartbeatInput() })).toBe('UNAUTHENTICATED');
  });

  it('asks for an upgrade where the protocol is another', async () => {
    const { secret } = await enrolmentToken(server.admin);
    expect(await new HttpClient(server.app.url, secret).code(REGISTER, { input: agentInput({ protocol: 2 }) })).toBe('UPGRADE_REQUIRED');
  });

  it.each([
    ['name', { name: '' }, 'input.name'],
    ['addresses', { addresses: ['attic'] }, 'input.addresses'],
    ['labels', { labels: { floor: 3 } }, 'input.labels'],
    [
      'a metric id',
      { probes: [plugIn({ metrics: [{ id: 'Tide', unit: 'ms', title: 'T', description: '', kind: 'LEVEL' }] })] },
      'input.probes.0.metrics.0.id',
    ],
    ['a probe twice', { probes: [plugIn(), plugIn()] }, 'input.probes.1.name'],
    [
      "a metric of another probe's",
      { probes: [plugIn({ metrics: [{ id: 'dns.ok', unit: 'bool', title: 'DNS', description: '', kind: 'BOOL' }] })] },
      'input.probes.0.metrics',
    ],
  ])('refuses a wrong %s and names the field', async (_what, overrides, path) => {
    const { secret } = await enrolmentToken(server.admin);
    const { errors } = await new HttpClient(server.app.url, secret).send(REGISTER, { input: agentInput(overrides) });
    expect(errors?.[0]?.extensions).toMatchObject({ code: 'BAD_USER_INPUT', fields: [{ path }] });
  });

  it('can do nothing else with an enrolment token', async () => {
    const client = new HttpClient(server.app.url, (await enrolmentToken(server.admin)).secret);
    expect(await client.code('{ agents { totalCount } }')).toBe('FORBIDDEN');
    expect(await client.code(HEARTBEAT, { input: heartbeatInput() })).toBe('FORBIDDEN');
  });
});

describe('a registered agent', () => {
  const server = ownServer();

  it('is ONLINE with its first heartbeat, whose reply lets it work out its clock offset', async () => {
    const { id, client } = await registeredAgent(server.app);
    const before = Date.now();
    const { heartbeat } = await client.data<{ heartbeat: { receivedAt: string; serverTime: string; heartbeatSeconds: number } }>(
      HEARTBEAT,
      {
        input: heartbeatInput({ spooledResults: 3, clockOffsetMs: -1.5, clockErrorMs: 0.5 }),
      },
    );
    expect(heartbeat.heartbeatSeconds).toBe(5);
    expect(Date.parse(heartbeat.receivedAt)).toBeGreaterThanOrEqual(before);
    expect(Date.parse(heartbeat.serverTime)).toBeGreaterThanOrEqual(Date.parse(heartbeat.receivedAt));
    const { agent } = await server.admin.data<{ agent: unknown }>(
      'query ($id: ID!) { agent(id: $id) { status lastSeenAt spooledResults clockOffsetMs clockErrorMs } }',
      { id },
    );
    expect(agent).toEqual({
      status: 'ONLINE',
      lastSeenAt: heartbeat.receivedAt,
      spooledResults: 3,
      clockOffsetMs: -1.5,
      clockErrorMs: 0.5,
    });
  });

  it('describes itself anew, but keeps the name that people gave it', async () => {
    const input = agentInput();
    const { id, client } = await registeredAgent(server.app, input);
    await server.admin.data('mutation ($id: ID!) { updateAgent(id: $id, input: { name: "Roof", labels: { floor: "5" } }) { id } }', { id });
    const gone = plugIn({ available: false, reason: 'the gauge is dry', method: null });
    const { describeAgent } = await client.data<{ describeAgent: unknown }>(DESCRIBE, {
      input: { ...input, version: '0.2.0', probes: [gone] },
    });
    expect(describeAgent).toEqual({
      name: 'Roof',
      version: '0.2.0',
      probes: [{ name: 'tide', available: false, reason: 'the gauge is dry' }],
    });
    expect(await client.code(DESCRIBE, { input: agentInput() })).toBe('NOT_FOUND');
  });

  it('cannot look at tests by way of itself, as people can', async () => {
    const input = agentInput();
    const { id, client } = await registeredAgent(server.app, input);
    const query = 'mutation ($input: RegisterAgentInput!) { describeAgent(input: $input) { tests { totalCount } } }';
    expect(await client.code(query, { input })).toBe('FORBIDDEN');
    const { agent } = await server.admin.data<{ agent: unknown }>(
      'query ($id: ID!) { agent(id: $id) { tests { totalCount nodes { id } } } }',
      {
        id,
      },
    );
    expect(agent).toEqual({ tests: { totalCount: 0, nodes: [] } });
  });

  it('brings its plug-ins into the catalogue', async () => {
    await registeredAgent(server.app);
    const { probes, metrics } = await server.admin.data<{ probes: unknown[]; metrics: unknown[] }>(
      '{ probes { name version settingsSchema metrics { id } } metrics(probe: "tide") { id probe kind unit } }',
    );
    expect(probes).toEqual([
      {
        name: 'tide',
        version: '1.2.0',
        settingsSchema: { type: 'object', properties: { harbour: { type: 'string' } } },
        metrics: [{ id: 'tide.level' }],
      },
    ]);
    expect(metrics).toEqual([{ id: 'tide.level', probe: 'tide', kind: 'LEVEL', unit: 'ms' }]);
  });

  it('is found by name, host and status, page by page', async () => {
    const { client } = await registeredAgent(server.app, { name: '100% attic' });
    await registeredAgent(server.app, { name: 'Cellar', hostname: 'cellar.example' });
    await registeredAgent(server.app, { name: 'Garage', hostname: 'garage.example' });
    await client.data(HEARTBEAT, { input: heartbeatInput() });
    const names = async (args: string) => {
      const { agents } = await server.admin.data<{ agents: { nodes: { name: string }[] } }>(`{ agents(${args}) { nodes { name } } }`);
      return agents.nodes.map(({ name }) => name);
    };
    expect(await names('first: 10')).toEqual(['Garage', 'Cellar', '100% attic']);
    expect(await names('search: "CELLAR"')).toEqual(['Cellar']);
    expect(await names('search: "100%"')).toEqual(['100% attic']);
    expect(await names('status: ONLINE')).toEqual(['100% attic']);
    expect(await names('status: OFFLINE')).toEqual(['Garage', 'Cellar']);
    type PageOf = {
      agents: {
        nodes: { name: string }[];
        edges: { cursor: string }[];
        pageInfo: { hasNextPage: boolean; endCursor: string };
        totalCount: number;
      };
    };
    const first = await server.admin.data<PageOf>(
      '{ agents(first: 2) { nodes { name } edges { cursor } pageInfo { hasNextPage endCursor } totalCount } }',
    );
    expect(first.agents).toMatchObject({ pageInfo: { hasNextPage: true, endCursor: first.agents.edges[1]?.cursor }, totalCount: 3 });
    expect(await names(`first: 2, after: "${first.agents.pageInfo.endCursor}"`)).toEqual(['100% attic']);
    expect(await server.admin.code('{ agents(first: 501) { totalCount } }')).toBe('BAD_USER_INPUT');
    expect(await server.admin.code('{ agents(after: "%") { totalCount } }')).toBe('BAD_USER_INPUT');
  });

  it('is DISABLED while a person wants it so, and gone from sight when deleted', async () => {
    const { id, client } = await registeredAgent(server.app);
    const { updateAgent } = await server.admin.data<{ updateAgent: unknown }>(
      'mutation ($id: ID!) { updateAgent(id: $id, input: { disabled: true }) { status } }',
      { id },
    );
    expect(updateAgent).toEqual({ status: 'DISABLED' });
    await server.admin.data('mutation ($id: ID!) { deleteAgent(id: $id) }', { id });
    expect(await server.admin.data('{ agents { totalCount } probes { name } }')).toEqual({ agents: { totalCount: 0 }, probes: [] });
    expect(await server.admin.code('query ($id: ID!) { agent(id: $id) { id } }', { id })).toBe('NOT_FOUND');
    expect(await client.code(HEARTBEAT, { input: heartbeatInput() })).toBe('UNAUTHENTICATED');
  });
});
