import { User } from '../../entities/user.js';
import { SESSION_COOKIE } from '../../http-context.js';
import { NOBODY } from '../../identity.js';
import { enrolmentToken, registeredAgent } from '../agents.js';
import type { TestApp } from '../app.js';
import type { Carries, HttpClient } from '../client.js';
import { createTest, testInput, tideAgent } from '../measuring.js';
import { setUpAdmin, withApiToken } from '../people.js';
import { setSetting } from '../settings.js';

/** What somebody carries now: it may be worth nothing any more, and is another one after the world was renewed. */
export type Caller = () => Carries;

const PERSON = { username: 'fuzzer', password: 'a-sea-of-malformed-things', role: 'OPERATOR' };
const MOST_USES = 100_000;
/** So that what lies behind the limits of rate is reached. */
const OUT_OF_THE_WAY = 10_000_000;
const RATES = [
  'operationsPerMinute',
  'anonymousOperationsPerMinute',
  'registrationsPerMinute',
  'agentOperationsPerMinute',
  'unknownCredentialsPerMinute',
] as const;

/** The server's contents under the fuzzer. Administrators among its callers delete what they find: `renew` makes it anew. */
export class World {
  private cookie = '';
  private enrolment = '';
  private known: readonly string[] = [];

  private constructor(
    private readonly app: TestApp,
    private readonly admin: HttpClient,
    private readonly agent: { readonly id: string; readonly secret: string },
    private readonly tokens: readonly string[],
  ) {}

  /** Makes people, an agent, a test; `atOnce` sockets of each caller may be open. */
  static async make(app: TestApp, atOnce: number): Promise<World> {
    for (const key of RATES) await setSetting(app, `limits.${key}`, OUT_OF_THE_WAY);
    await setSetting(app, 'limits.connectionsPerAgent', atOnce);
    const admin = await setUpAdmin(app);
    const agent = await tideAgent(app);
    await agent.socket.dispose();
    await admin.data('mutation ($input: UserInput!) { createUser(input: $input) { id } }', { input: PERSON });
    const tokens: string[] = [];
    for (const role of ['VIEWER', 'OPERATOR', 'ADMIN']) tokens.push((await withApiToken(app, admin, role)).secret);
    const world = new World(app, admin, agent, tokens);
    await world.renew();
    return world;
  }

  /** Nobody, the agent, an integration of each role, who enrols agents, and a person by session cookie. */
  get callers(): readonly Caller[] {
    const bearers = [this.agent.secret, ...this.tokens].map((bearer) => () => ({ bearer }));
    return [() => ({}), ...bearers, () => ({ bearer: this.enrolment }), () => ({ cookie: this.cookie })];
  }

  /** Ids of a test, its target and an agent that are there, as of the newest renewal. */
  get ids(): readonly string[] {
    return this.known;
  }

  /** Another test, another agent to delete, another enrolment token, another session. */
  async renew(): Promise<void> {
    const test = await createTest(this.admin, testInput([this.agent.id]));
    const spare = await registeredAgent(this.app);
    this.known = [test.id, test.targets[0]?.id ?? '', spare.id];
    this.enrolment = (await enrolmentToken(this.admin, MOST_USES)).secret;
    // Not by signing in: guesses among what is sent use up the limit of the address.
    const em = this.app.orm.em.fork();
    const user = await em.findOneOrFail(User, { username: PERSON.username });
    const { secret } = this.app.services.sessions.begin({ em, identity: NOBODY, remoteAddress: '127.0.0.1' }, user);
    await em.flush();
    this.cookie = `${SESSION_COOKIE}=${secret}`;
  }
}
