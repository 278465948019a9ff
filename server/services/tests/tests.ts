import type { Clock } from '../../clock.js';
import type { EntityManager } from '../../orm.js';
import { Agent } from '../../entities/agent.js';
import { Test } from '../../entities/test.js';
import { Recurrence, TestStatus } from '../../entities/test-enums.js';
import { User } from '../../entities/user.js';
import { badUserInput, conflict, notFound, type FieldProblem } from '../../errors.js';
import type { ServerPubSub } from '../../pubsub.js';
import type { AuditService, Caller } from '../audit.js';
import { byKeys } from '../by-keys.js';
import { groupedBy, slices } from '../lists.js';
import type { Store } from '../store.js';
import type { Transactions } from '../store/transactions.js';
import { agentTarget, parseTargets } from '../targets.js';
import type { Assigner } from './assign.js';
import type { TestSpec } from './input.js';
import { openChild, openChildren, withDescendants } from './children.js';
import { rememberInterval } from './intervals.js';
import { isSessionOpen, openSession, pause, place, resume, setStatus, stop } from './lifecycle.js';
import { lockedTest } from './locked-test.js';
import { followingOpening, nextOpening, scheduleProblems, sessionEnd } from './schedule.js';
import type { StoredProbes } from './stored-probes.js';
import { internTargets } from './target-rows.js';

const LONGEST_NAME = 200;
const MOST_TARGETS = 1000;
/** Pairs of agent and target of one test: each is a row, and part of what its agent is told. */
const MOST_ASSIGNMENTS = 50_000;

/** What a change touched. */
interface Changed {
  readonly test: Test;
  /** Those that may have other work now. */
  readonly agents: ReadonlySet<string>;
  /** Children that changed with it. */
  readonly children?: readonly Test[];
}

interface TestsDeps {
  readonly store: Store;
  readonly transactions: Transactions;
  readonly pubsub: ServerPubSub;
  readonly audit: AuditService;
  readonly stored: StoredProbes;
  readonly assigner: Assigner;
  readonly clock: Clock;
}

/** What people do with tests. */
export class TestsService {
  constructor(private readonly deps: TestsDeps) {}

  /** The test with this id that was not deleted. @throws ApiError NOT_FOUND */
  async get(em: EntityManager, id: string): Promise<Test> {
    const [test] = await byKeys(this.deps.store, em, Test, [id]);
    if (!test || test.deletedAt) throw notFound('test');
    return test;
  }

  /** Makes a test, which runs at once unless its time is to come or it has no agents. @throws ApiError BAD_USER_INPUT */
  create(caller: Caller, spec: TestSpec): Promise<Test> {
    return this.change(caller, 'test.create', async (em) => {
      const test = new Test();
      await this.define(em, test, spec);
      if (caller.identity.kind === 'user') test.createdBy = em.getReference(User, caller.identity.user.id);
      test.status = TestStatus.DRAFT;
      em.persist(test);
      await em.flush();
      await rememberInterval(em, test, this.deps.clock.now());
      const agents = await this.deps.assigner.reconcile(em, test);
      await place(em, test, this.deps.clock.now());
      return { test, agents };
    });
  }

  /** Changes a test's definition; a session that is open goes on with it. @throws ApiError NOT_FOUND, BAD_USER_INPUT, CONFLICT where `revision` is not the newest */
  update(caller: Caller, id: string, spec: TestSpec, revision?: number | null): Promise<Test> {
    return this.change(caller, 'test.update', async (em) => {
      const test = await this.toChange(em, id);
      if (typeof revision === 'number' && revision !== test.revision) {
        throw conflict(`The test was changed by someone else: it has revision ${test.revision}, you changed ${revision}. Load it again.`);
      }
      const before = { pausedMs: pausesOf(test), startsAt: test.startsAt };
      await this.define(em, test, spec);
      test.revision += 1;
      await em.flush();
      await rememberInterval(em, test, this.deps.clock.now());
      const agents = await this.deps.assigner.reconcile(em, test);
      await this.placeAgain(em, test, before);
      return { test, agents };
    });
  }

  /** Opens a session now, or goes on with what was paused: a session, or the schedule. @throws ApiError NOT_FOUND, CONFLICT */
  start(caller: Caller, id: string): Promise<Test> {
    return this.change(caller, 'test.start', async (em) => {
      const test = await this.toChange(em, id);
      if (test.status === TestStatus.RUNNING) throw conflict('The test runs already.');
      if (test.agentIds.length === 0) throw conflict('The test has no agents: add one first.');
      const agents = await this.deps.assigner.reconcile(em, test);
      const now = this.deps.clock.now();
      if (test.status === TestStatus.PAUSED) {
        await resume(em, test, now);
        return { test, agents, children: await this.withChildren(em, test, TestStatus.PAUSED, (child) => resume(em, child, now)) };
      }
      if (test.recurrence === Recurrence.NEW_TEST) await this.startChild(em, test, now);
      else await openSession(em, test, now);
      return { test, agents };
    });
  }

  /** Pauses the open session, or holds those that are to come until it is started again. @throws ApiError NOT_FOUND, CONFLICT */
  pause(caller: Caller, id: string): Promise<Test> {
    return this.change(caller, 'test.pause', async (em) => {
      const test = await this.toChange(em, id);
      if (![TestStatus.RUNNING, TestStatus.SCHEDULED].includes(test.status)) {
        throw conflict('Only a test that runs or waits for its time can be paused.');
      }
      const now = this.deps.clock.now();
      await pause(em, test, now);
      const children = await this.withChildren(em, test, TestStatus.RUNNING, (child) => pause(em, child, now));
      return { test, agents: new Set(test.agentIds), children };
    });
  }

  /** Ends the open session and all that were to follow. @throws ApiError NOT_FOUND, CONFLICT */
  stop(caller: Caller, id: string): Promise<Test> {
    return this.change(caller, 'test.stop', async (em) => {
      const test = await this.toChange(em, id);
      if (![TestStatus.RUNNING, TestStatus.PAUSED, TestStatus.SCHEDULED].includes(test.status)) throw conflict('The test does not run.');
      const now = this.deps.clock.now();
      await stop(em, test, now);
      const children = await this.withChildren(em, test, undefined, (child) => stop(em, child, now));
      return { test, agents: new Set(test.agentIds), children };
    });
  }

  /** Takes tests out of sight, with all that were made for sessions of theirs; returns how many there were. Their rows go in the background. */
  async delete(caller: Caller, ids: readonly string[]): Promise<number> {
    const tests = await this.deps.transactions.run(caller.em, async (em) => {
      const found = await withDescendants(em, ids);
      const children = groupedBy(found, ({ parent }) => parent?.id);
      const asked = new Set(ids);
      for (const test of found) {
        const { id, name, parent } = test;
        const count = children.get(id)?.length ?? 0;
        const details = { name, ...(count > 0 ? { children: count } : {}), ...(parent && !asked.has(id) ? { parent: parent.id } : {}) };
        this.deps.audit.add({ ...caller, em }, { action: 'test.delete', subject: id, details });
        test.deletedAt = this.deps.clock.now();
      }
      return found;
    });
    // Nobody is told testChanged: there is no test any more that could be shown.
    if (tests.length > 0) this.deps.pubsub.publish('testsDeleted', { testIds: tests.map(({ id }) => id) });
    for (const agentId of new Set(tests.flatMap(({ agentIds }) => agentIds))) this.deps.pubsub.publish('assignmentsChanged', { agentId });
    return tests.length;
  }

  /** @throws ApiError NOT_FOUND */
  private async toChange(em: EntityManager, id: string): Promise<Test> {
    const test = await lockedTest(em, id);
    if (!test) throw notFound('test');
    return test;
  }

  private async define(em: EntityManager, test: Test, spec: TestSpec): Promise<void> {
    const { targets, problems: targetProblems } = parseTargets(spec.targets);
    const agentIds = [...new Set(spec.agentIds)];
    const sizes = sizeProblems(spec);
    const agents = sizes.length > 0 ? [] : await agentProblems(em, spec);
    const problems = [...nameProblems(spec), ...sizes, ...targetProblems, ...scheduleProblems(spec.schedule), ...agents];
    const [first, ...others] = problems;
    if (first) throw badUserInput(first, ...others);
    const rows = await internTargets(em, targets);
    const { schedule } = spec;
    Object.assign(test, {
      name: spec.name.trim(),
      description: spec.description ?? null,
      topology: spec.topology,
      targetIds: rows.map(({ id }) => id),
      agentIds,
      probes: this.deps.stored.store(spec.probes, test.probes),
      intervalSeconds: schedule.intervalSeconds,
      durationSeconds: schedule.durationSeconds ?? null,
      startsAt: schedule.startsAt ?? null,
      cron: schedule.cron ?? null,
      timezone: schedule.timezone,
      recurrence: schedule.recurrence,
    });
  }

  /** A test whose sessions are children opens none itself: the first child runs now, the others by the schedule. */
  private async startChild(em: EntityManager, test: Test, now: Date): Promise<void> {
    await openChild(em, this.deps.assigner, test, now);
    test.nextRunAt = nextOpening(test, now);
    test.completedAt = null;
    await setStatus(em, test, TestStatus.SCHEDULED, now);
  }

  /**
   * After a change: a session that is open stays so, under the new schedule, and a schedule that is held stays held. What is over stays over until it is
   * started, unless it got another startsAt that is to come.
   */
  private async placeAgain(
    em: EntityManager,
    test: Test,
    before: { readonly pausedMs: number; readonly startsAt: Date | null },
  ): Promise<void> {
    const now = this.deps.clock.now();
    const over = test.status === TestStatus.COMPLETED || (test.status === TestStatus.FAILED && test.sessionStartedAt !== null);
    const toCome = test.startsAt !== null && test.startsAt > now && test.startsAt.getTime() !== before.startsAt?.getTime();
    if (over && !toCome) return;
    const stays = isSessionOpen(test) || test.status === TestStatus.PAUSED;
    if (!stays || test.agentIds.length === 0) return place(em, test, now);
    if (!isSessionOpen(test)) return;
    const end = sessionEnd(test, test.sessionStartedAt ?? now);
    test.sessionEndsAt = end && new Date(end.getTime() + before.pausedMs);
    test.nextRunAt = test.status === TestStatus.PAUSED ? null : followingOpening(test, now);
  }

  /** Does the same with the sessions of a test whose sessions are children: with those that are open, or those with this status alone. */
  private async withChildren(
    em: EntityManager,
    parent: Test,
    status: TestStatus | undefined,
    work: (child: Test) => Promise<void>,
  ): Promise<readonly Test[]> {
    const children = (await openChildren(em, parent)).filter((child) => status === undefined || child.status === status);
    for (const child of children) await work(child);
    return children;
  }

  private async change(caller: Caller, action: string, work: (em: EntityManager) => Promise<Changed>): Promise<Test> {
    const {
      test,
      agents,
      children = [],
    } = await this.deps.transactions.run(caller.em, async (em) => {
      const done = await work(em);
      this.deps.audit.add(
        { ...caller, em },
        { action, subject: done.test.id, details: { name: done.test.name, revision: done.test.revision } },
      );
      return done;
    });
    this.tell(test.id, agents);
    for (const child of children) this.tell(child.id, child.agentIds);
    return test;
  }

  /** Tells that a test changed, and its agents that they may have other work. After the commit. */
  tell(testId: string, agents: Iterable<string>): void {
    this.deps.pubsub.publish('testChanged', { testId });
    for (const agentId of agents) this.deps.pubsub.publish('assignmentsChanged', { agentId });
  }
}

/** How long the open session was paused, ms: so much later it ends. */
function pausesOf(test: Test): number {
  const planned = test.sessionStartedAt && sessionEnd(test, test.sessionStartedAt);
  return planned && test.sessionEndsAt ? test.sessionEndsAt.getTime() - planned.getTime() : 0;
}

function nameProblems({ name }: TestSpec): FieldProblem[] {
  if (name.trim() !== '' && name.length <= LONGEST_NAME) return [];
  return [{ path: 'input.name', message: `name must be 1 to ${LONGEST_NAME} characters.` }];
}

/** Too few targets, or more of anything than a test may have. */
function sizeProblems({ targets, topology, agentIds }: TestSpec): FieldProblem[] {
  const problems: FieldProblem[] = [];
  if (targets.length === 0 && topology !== 'MESH') problems.push({ path: 'input.targets', message: 'A test needs at least one target.' });
  if (targets.length > MOST_TARGETS) problems.push({ path: 'input.targets', message: `A test has at most ${MOST_TARGETS} targets.` });
  const pairs = agentIds.length * (targets.length + (topology === 'MESH' ? agentIds.length - 1 : 0));
  if (pairs > MOST_ASSIGNMENTS) {
    const message = `${agentIds.length} agents and ${targets.length} targets make ${pairs} assignments; a test has at most ${MOST_ASSIGNMENTS}: split it.`;
    problems.push({ path: 'input.agentIds', message });
  }
  return problems;
}

/** Agents that are not there, as agents of the test and in its targets. */
async function agentProblems(em: EntityManager, { agentIds, targets }: TestSpec): Promise<FieldProblem[]> {
  const prefix = agentTarget('').address;
  const wanted = [
    ...agentIds.map((id, index) => ({ id, path: `input.agentIds.${index}` })),
    ...targets.flatMap((target, index) =>
      target.trim().startsWith(prefix) ? [{ id: target.trim().slice(prefix.length), path: `input.targets.${index}` }] : [],
    ),
  ];
  const known = new Set<string>();
  for (const ids of slices([...new Set(wanted.map(({ id }) => id))])) {
    for (const { id } of await em.find(Agent, { id: { $in: ids }, deletedAt: null }, { fields: ['id'] })) known.add(id);
  }
  return wanted.filter(({ id }) => !known.has(id)).map(({ id, path }) => ({ path, message: `There is no agent "${id}".` }));
}
