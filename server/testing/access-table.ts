import { randomUUID } from 'node:crypto';
import {
  admins,
  agents,
  anyone,
  enrolling,
  operators,
  union,
  viewers,
  type CallerName,
  type FieldEntry,
  type NestedEntry,
} from './access/rules.js';
import { INSTALL_ID, type World } from './access/world.js';
import { agentInput, heartbeatInput } from './agents.js';
import { resultInput, testInput, tideProbe } from './measuring.js';
import { ADMIN } from './people.js';

const test = ({ test: { id } }: World) => ({ id });
const aboutTest = ({ test: { id } }: World) => ({ testId: id });
const aboutPair = ({ test: { id, targets }, agent }: World) => ({ testId: id, agentId: agent.id, targetId: targets[0]?.id });
const report = async (world: World) => ({ id: await world.spareReport() });
const spareTest = async (world: World) => ({ id: await world.spareTest() });
const person = async (world: World) => ({ id: await world.sparePerson() });
const token = async (world: World) => ({ id: await world.spareToken() });
const hour = () => ({ from: new Date(Date.now() - 3_600_000).toISOString(), to: new Date().toISOString() });
const itself = () => ({ input: agentInput({ installId: INSTALL_ID, probes: [tideProbe()] }) });
const whose = async (world: World, caller: CallerName) => (caller === 'apiAdmin' ? { userId: await world.sparePerson() } : {});
const samePassword = (world: World, caller: CallerName) => {
  const password = world.passwordOf(caller) ?? 'none';
  return { current: password, next: password };
};

/**
 * Who may call what: every query, mutation and subscription, really called by everybody in `server/access-table.test.ts`.
 * A new field needs one line: `viewers()`, `operators()`, `admins()`, `agents()`, `enrolling()` or `anyone()`; give its arguments where it has
 * some, so that the call does what it would for people. Without a credential only the five of `anyone` answer.
 */
export const ACCESS: Readonly<Record<string, FieldEntry>> = {
  'Query.me': anyone(),
  'Query.setUpRequired': anyone(),
  'Query.developmentMode': viewers(),
  'Query.users': admins(),
  // One's own; an integration has none and asks for another's, as administrators may: see sign-ins.test.ts.
  'Query.sessions': viewers(whose),
  'Query.apiTokens': admins(),
  'Query.auditEvents': admins(),
  'Query.systemSettings': admins(),
  'Query.agents': viewers(),
  'Query.agent': viewers(({ agent: { id } }) => ({ id })),
  'Query.probes': viewers(),
  'Query.metrics': viewers(),
  'Query.tests': viewers(),
  'Query.test': viewers(test),
  'Query.result': viewers(({ resultId }) => ({ id: resultId })),
  'Query.series': viewers(({ test: { id } }) => ({ testId: id, metrics: ['tide.level'], ...hour() })),
  'Query.paths': viewers(aboutTest),
  'Query.pathChanges': viewers(aboutTest),
  'Query.diagnosis': viewers(aboutTest),
  'Query.anomalies': viewers(aboutTest),
  'Query.forecast': viewers((world) => ({ ...aboutPair(world), metric: 'tide.level', horizonSeconds: 60 })),
  'Query.failureRisk': viewers(aboutPair),
  'Query.mlModels': viewers(),
  'Query.report': viewers(report),
  'Query.reports': viewers(),
  'Query.overview': viewers(),

  'Mutation.setUp': anyone(),
  'Mutation.login': { ...anyone(() => ADMIN), endsSession: true },
  'Mutation.logout': { ...anyone(), endsSession: true },
  // An integration has a role, but no password.
  'Mutation.changePassword': viewers(samePassword, { apiAdmin: 'FORBIDDEN' }),
  'Mutation.endSession': viewers(),
  'Mutation.endOtherSessions': viewers(undefined, { apiAdmin: 'FORBIDDEN' }),
  'Mutation.signOutEverywhere': { ...viewers(whose), endsSession: true },
  'Mutation.createUser': admins((world) => ({ input: { username: world.newName(), password: 'a-passphrase-for-tests-8', role: 'ADMIN' } })),
  'Mutation.updateUser': admins(async (world) => ({ ...(await person(world)), input: { role: 'OPERATOR' } })),
  'Mutation.deleteUser': admins(person),
  'Mutation.createApiToken': admins((world) => ({ input: { name: world.newName(), kind: 'API', role: 'ADMIN' } })),
  'Mutation.updateApiToken': admins(async (world) => ({ ...(await token(world)), name: world.newName() })),
  'Mutation.revokeApiToken': admins(token),
  'Mutation.regenerateApiToken': admins(token),
  'Mutation.setSystemSetting': admins(() => ({ key: 'retention.dayDays', value: 3660 })),

  'Mutation.registerAgent': enrolling(() => ({ input: agentInput({ installId: randomUUID() }) })),
  // What belongs to another agent is NOT_FOUND.
  'Mutation.describeAgent': agents(itself, { otherAgent: 'NOT_FOUND' }),
  'Mutation.heartbeat': agents(() => ({ input: heartbeatInput() })),
  // Results for somebody else's test are refused one by one: see the test beside this table's.
  'Mutation.submitResults': agents((world) => ({ results: [resultInput(world.test, Date.now())] })),
  'Mutation.updateAgent': operators(async (world) => ({ id: await world.spareAgent(), input: { name: world.newName() } })),
  'Mutation.deleteAgent': operators(async (world) => ({ id: await world.spareAgent() })),

  'Mutation.createTest': operators((world) => ({ input: testInput([world.agent.id], { name: world.newName() }) })),
  'Mutation.updateTest': operators(async (world) => ({ ...(await spareTest(world)), input: testInput([world.agent.id]) })),
  'Mutation.startTest': operators(),
  'Mutation.pauseTest': operators(spareTest),
  'Mutation.stopTest': operators(spareTest),
  'Mutation.deleteTests': operators(async (world) => ({ ids: [await world.spareTest()] })),

  'Mutation.trainModels': operators(),
  'Mutation.resetModels': admins(),
  // Without arguments: there is no finding that could be named.
  'Mutation.judgeFinding': operators(),
  'Mutation.createReport': operators(({ test: { id } }) => ({ input: { testIds: [id], ...hour() } })),
  'Mutation.deleteReport': operators(report),

  'Subscription.resultAdded': viewers(),
  'Subscription.pathChanged': viewers(),
  'Subscription.anomalyDetected': viewers(),
  'Subscription.reportChanged': viewers(report),
  'Subscription.testChanged': viewers(test),
  'Subscription.testsDeleted': viewers(),
  'Subscription.agentChanged': viewers(),
  'Subscription.assignmentsChanged': agents(),
};

const BY_VIEWERS = viewers().rule;

/** A field of the person who made the test, the operator. */
const creator = (field: string): NestedEntry => ({
  rule: { ...BY_VIEWERS, viewer: 'hidden' },
  ask: (world) => ({ query: `query ($id: ID!) { test(id: $id) { createdBy { ${field} } } }`, variables: test(world) }),
});

/** Who may read the fields that have a guard of their own; each is asked by those who get at its type at all. */
export const NESTED: Readonly<Record<string, NestedEntry>> = {
  // An agent that describes itself gets an Agent too: what it measures for whom is people's business.
  'Agent.tests': {
    rule: BY_VIEWERS,
    ask: (world, caller) =>
      caller === 'agent'
        ? { query: `mutation ($input: RegisterAgentInput!) { describeAgent(input: $input) { tests { totalCount } } }`, variables: itself() }
        : { query: 'query ($id: ID!) { agent(id: $id) { tests { totalCount } } }', variables: { id: world.agent.id } },
  },
  // Everybody sees who made a test; how to reach them, and when they come and go, is for themselves and administrators.
  'User.email': creator('email'),
  'User.lastLoginAt': creator('lastLoginAt'),
  // The agent that measures gets the address alone: the rest of another agent is not its business.
  'Target.agent': {
    rule: BY_VIEWERS,
    ask: (world, caller) =>
      caller === 'agent'
        ? { query: 'subscription { assignmentsChanged { target { agent { name } } } }' }
        : { query: 'query ($id: ID!) { test(id: $id) { targets { agent { name } } } }', variables: test(world) },
  },
};

/**
 * Who comes to see anything of an object type, by whatever way through the fields above: how nested fields are kept from leaking.
 * `me`, `login` and `setUp` give nobody but the caller and are no way. Connections, edges and PageInfo are as what they hold.
 */
export const TYPES: Readonly<Record<string, ReadonlySet<CallerName>>> = {
  ...seenBy(union(admins()), 'ApiToken IssuedToken AuditEvent SystemSetting'),
  ...seenBy(union(viewers()), 'User Session Test TestAssignment TestProgress TestResult Overview Series SeriesPoint Gap Health'),
  ...seenBy(union(viewers()), 'Path Hop HopNode PathChange Diagnosis Finding Evidence Pair Exclusion Alternative Anomaly'),
  ...seenBy(union(viewers()), 'Forecast ForecastPoint FailureRisk MlModel Report'),
  ...seenBy(union(viewers()), 'ProbeDescription MetricDescription MetricValue ProbeRun ProbeError AbsentMetric'),
  ...seenBy(union(viewers(), agents(), enrolling()), 'Agent AgentProbe'),
  ...seenBy(union(viewers(), agents()), 'Target ProbeSetting Schedule'),
  ...seenBy(union(agents()), 'AgentAssignment HeartbeatReply SubmitReply RejectedResult'),
  ...seenBy(union(enrolling()), 'RegisteredAgent'),
};

function seenBy(callers: ReadonlySet<CallerName>, names: string): Record<string, ReadonlySet<CallerName>> {
  return Object.fromEntries(names.split(' ').map((name) => [name, callers]));
}
