import type { Client } from 'graphql-ws';
import { enrolmentToken, registeredAgent } from '../agents.js';
import { startTestApp, type TestApp } from '../app.js';
import { HttpClient, socketClient } from '../client.js';
import { createTest, resultInput, submit, testInput, tideAgent, uuidAt, type SeenTest, type TideAgent } from '../measuring.js';
import { ADMIN, setUpAdmin, withApiToken } from '../people.js';
import type { CallerName } from './rules.js';

const CREATE_USER = 'mutation ($input: UserInput!) { createUser(input: $input) { id } }';
const LOGIN = 'mutation ($username: String!, $password: String!) { login(username: $username, password: $password) { id } }';
const PASSWORD = 'a-passphrase-for-tests-7';
/** The agent's own installation; another agent that names it is none of it. */
export const INSTALL_ID = 'install-of-the-attic';

/** Each person's name is that of the caller; the administrator is the one of every test server. */
const PEOPLE: Partial<Record<CallerName, { username: string; password: string }>> = {
  viewer: { username: 'viewer', password: PASSWORD },
  operator: { username: 'operator', password: PASSWORD },
  admin: ADMIN,
};

/** A server with everything that there is one of, and everybody who may ask for it. */
export class World {
  readonly clients = new Map<CallerName, HttpClient>();
  private readonly bearers = new Map<CallerName, string>();
  private spares = 0;

  private constructor(
    readonly app: TestApp,
    /** Makes what the calls are about; by a token of its own, which no call ends. */
    readonly admin: HttpClient,
    readonly agent: TideAgent,
    /** Made by the operator, for the agent alone, with one result. */
    readonly test: SeenTest,
    readonly resultId: string,
  ) {}

  static async create(): Promise<World> {
    const app = await startTestApp();
    const admin = await withApiToken(app, await setUpAdmin(app), 'ADMIN');
    for (const role of ['VIEWER', 'OPERATOR']) {
      const username = role.toLowerCase();
      const email = `${username}@example.org`;
      await admin.data(CREATE_USER, { input: { username, password: PASSWORD, role, email } });
    }
    const operator = await signIn(app.url, { username: 'operator', password: PASSWORD });
    const agent = await tideAgent(app, 'Attic', { installId: INSTALL_ID });
    const other = await registeredAgent(app, { name: 'Cellar' });
    const targets = [`agent:${other.id}`, 'harbour.example'];
    const test = await createTest(operator, testInput([agent.id], { targets }));
    const at = Date.now() - 1000;
    const { accepted } = await submit(agent.client, [resultInput(test, at, { id: uuidAt(at) })]);
    const world = new World(app, admin, agent, test, String(accepted[0]));
    await world.admit(other.secret);
    return world;
  }

  /** The password of a person; undefined for those who have none. */
  passwordOf(caller: CallerName): string | undefined {
    return PEOPLE[caller]?.password;
  }

  /** A client of this caller. */
  client(caller: CallerName): HttpClient {
    const known = this.clients.get(caller);
    if (!known) throw new Error(`the world has no ${caller}`);
    return known;
  }

  /** A person signs in (again); for those who are none it does nothing. */
  async signIn(caller: CallerName): Promise<void> {
    const person = PEOPLE[caller];
    if (person) this.clients.set(caller, await signIn(this.app.url, person));
  }

  /** A socket with what this caller carries. */
  socket(caller: CallerName): Client {
    return socketClient(this.app.url, { bearer: this.bearers.get(caller), cookie: this.clients.get(caller)?.cookie });
  }

  /** What this caller sends with a request of another kind than GraphQL. */
  headers(caller: CallerName): Record<string, string> {
    const bearer = this.bearers.get(caller);
    const cookie = this.clients.get(caller)?.cookie;
    return { ...(bearer === undefined ? {} : { authorization: `Bearer ${bearer}` }), ...(cookie === undefined ? {} : { cookie }) };
  }

  /** A name that nobody has yet. */
  newName(): string {
    this.spares += 1;
    return `spare-${this.spares}`;
  }

  /** A person to be changed or deleted. */
  async sparePerson(): Promise<string> {
    const input = { username: this.newName(), password: PASSWORD, role: 'VIEWER' };
    return (await this.admin.data<{ createUser: { id: string } }>(CREATE_USER, { input })).createUser.id;
  }

  /** A token to be changed or revoked. */
  async spareToken(): Promise<string> {
    return (await enrolmentToken(this.admin)).id;
  }

  /** An agent to be changed or deleted. */
  async spareAgent(): Promise<string> {
    return (await registeredAgent(this.app, { name: this.newName() })).id;
  }

  /** A running test to be changed or deleted. */
  async spareTest(): Promise<string> {
    return (await createTest(this.admin, testInput([this.agent.id], { name: this.newName() }))).id;
  }

  /** A report to be read or deleted. */
  async spareReport(): Promise<string> {
    const input = { testIds: [this.test.id], from: '2026-01-01T00:00:00.000Z', to: '2026-01-02T00:00:00.000Z' };
    const { createReport } = await this.admin.data<{ createReport: { id: string } }>(
      'mutation ($input: ReportInput!) { createReport(input: $input) { id } }',
      { input },
    );
    return createReport.id;
  }

  private async admit(otherSecret: string): Promise<void> {
    const enrollment = await enrolmentToken(this.admin, 1000);
    const api = await withApiToken(this.app, this.admin, 'ADMIN');
    this.bearers.set('enrollment', enrollment.secret).set('agent', this.agent.secret).set('otherAgent', otherSecret);
    this.bearers.set('apiAdmin', api.secret);
    for (const [caller, secret] of this.bearers) this.clients.set(caller, new HttpClient(this.app.url, secret));
    this.clients.set('nobody', new HttpClient(this.app.url));
    for (const caller of ['viewer', 'operator', 'admin'] as const) await this.signIn(caller);
  }
}

async function signIn(url: string, person: { username: string; password: string }): Promise<HttpClient> {
  const client = new HttpClient(url);
  await client.data(LOGIN, person);
  return client;
}
