import type { EntityManager, Orm } from '../../orm.js';
import type { Logger } from 'pino';
import { TestAssignment } from '../../entities/test-assignment.js';
import { Test } from '../../entities/test.js';
import { AssignmentStatus, Recurrence, TestStatus } from '../../entities/test-enums.js';
import type { ServerPubSub } from '../../pubsub.js';
import type { Assigner } from './assign.js';
import { closeSession, openSession } from './lifecycle.js';
import { nextOpening } from './schedule.js';

/** Node's timers hold 24.8 days; a day is more than often enough to look again. */
const LONGEST_WAIT_MS = 86_400_000;

interface SessionClockDeps {
  readonly orm: Orm;
  readonly pubsub: ServerPubSub;
  readonly log: Logger;
  readonly assigner: Assigner;
  /** Tells of a change, after its commit. */
  readonly tell: (testId: string, agents: Iterable<string>) => void;
}

/** Opens and ends sessions when their time has come, whether results come or not; after a restart it takes up what fell due meanwhile. */
export class SessionClock {
  private timer: NodeJS.Timeout | undefined;
  private changes: AsyncIterator<{ readonly testId: string }> | undefined;
  private listening: Promise<void> | undefined;
  private working: Promise<void> = Promise.resolve();
  private stopped = false;

  constructor(private readonly deps: SessionClockDeps) {}

  async start(): Promise<void> {
    const changes = this.deps.pubsub.subscribe('testChanged');
    this.changes = changes[Symbol.asyncIterator]();
    this.listening = this.listen(this.changes);
    await this.look();
  }

  async stop(): Promise<void> {
    this.stopped = true;
    clearTimeout(this.timer);
    await this.changes?.return?.();
    await this.listening;
    await this.working;
  }

  private async listen(changes: AsyncIterator<{ readonly testId: string }>): Promise<void> {
    for (;;) {
      const { done, value } = await changes.next();
      if (done) return;
      await this.look(value.testId);
    }
  }

  /** Does what is due, one look at a time, and sets the timer for what is next. `oneCycle`: a test whose results may be complete. */
  private look(changedId?: string): Promise<void> {
    this.working = this.working.then(() => this.work(changedId));
    return this.working;
  }

  private async work(changedId?: string): Promise<void> {
    if (this.stopped) return;
    clearTimeout(this.timer);
    let wait = LONGEST_WAIT_MS;
    try {
      const em = this.deps.orm.em.fork();
      if (changedId !== undefined) await this.endOneCycle(changedId);
      for (const test of await dueTests(em, new Date())) await this.settle(test.id);
      wait = await untilNext(this.deps.orm.em.fork());
    } catch (error) {
      // The database may be busy or full for a moment; sessions must not hang for ever because of it.
      this.deps.log.error({ err: error }, 'sessions could not be opened or ended; trying again');
      wait = 1000;
    }
    if (!this.stopped) this.timer = setTimeout(() => void this.look(), wait);
  }

  private async settle(id: string): Promise<void> {
    const touched = await this.deps.orm.em.fork().transactional(async (transaction) => {
      const em = transaction as EntityManager;
      const now = new Date();
      const test = await em.findOne(Test, { id, deletedAt: null });
      if (!test) return [];
      if (test.status === TestStatus.RUNNING && test.sessionEndsAt && test.sessionEndsAt <= now) {
        await closeSession(em, test, now);
        return [test];
      }
      if (test.status !== TestStatus.SCHEDULED || !test.nextRunAt || test.nextRunAt > now) return [];
      return this.open(em, test, now);
    });
    for (const test of touched) this.deps.tell(test.id, test.agentIds);
  }

  private async open(em: EntityManager, test: Test, now: Date): Promise<Test[]> {
    if (test.recurrence === Recurrence.NEW_TEST) {
      test.nextRunAt = nextOpening(test, now);
      return [test, await this.openChild(em, test, now)];
    }
    await this.deps.assigner.reconcile(em, test);
    await openSession(em, test, now);
    return [test];
  }

  private async openChild(em: EntityManager, parent: Test, now: Date): Promise<Test> {
    const { description, topology, targetIds, agentIds, probes, intervalSeconds, durationSeconds, timezone, createdBy } = parent;
    const child = new Test();
    const definition = { description, topology, targetIds, agentIds, probes, intervalSeconds, durationSeconds, timezone, createdBy };
    Object.assign(child, { ...definition, parent, name: `${parent.name} ${now.toISOString()}`, status: TestStatus.DRAFT });
    em.persist(child);
    await em.flush();
    await this.deps.assigner.reconcile(em, child);
    await openSession(em, child, now);
    return child;
  }

  /** A session of one cycle ends when each agent that can has brought its result. */
  private async endOneCycle(id: string): Promise<void> {
    const ended = await this.deps.orm.em.fork().transactional(async (transaction) => {
      const em = transaction as EntityManager;
      const test = await em.findOne(Test, { id, deletedAt: null, status: TestStatus.RUNNING, durationSeconds: 0 });
      if (!test) return undefined;
      const missing = await em.count(TestAssignment, {
        test,
        endedAt: null,
        sessionResults: 0,
        status: { $ne: AssignmentStatus.UNSUPPORTED },
      });
      if (missing > 0) return undefined;
      await closeSession(em, test, new Date());
      return test;
    });
    if (ended) this.deps.tell(ended.id, ended.agentIds);
  }
}

function dueTests(em: EntityManager, now: Date): Promise<Test[]> {
  return em.find(Test, {
    deletedAt: null,
    $or: [
      { status: TestStatus.RUNNING, sessionEndsAt: { $lte: now } },
      { status: TestStatus.SCHEDULED, nextRunAt: { $lte: now } },
    ],
  });
}

/** Milliseconds until something falls due. */
async function untilNext(em: EntityManager): Promise<number> {
  const [ending] = await em.find(
    Test,
    { deletedAt: null, status: TestStatus.RUNNING, sessionEndsAt: { $ne: null } },
    { orderBy: { sessionEndsAt: 'asc' }, limit: 1 },
  );
  const [opening] = await em.find(
    Test,
    { deletedAt: null, status: TestStatus.SCHEDULED, nextRunAt: { $ne: null } },
    { orderBy: { nextRunAt: 'asc' }, limit: 1 },
  );
  const times = [ending?.sessionEndsAt, opening?.nextRunAt].flatMap((time) => (time ? [time.getTime()] : []));
  return Math.min(LONGEST_WAIT_MS, Math.max(0, Math.min(...times) - Date.now()) + 1);
}
