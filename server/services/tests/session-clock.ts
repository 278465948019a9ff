import type { Clock } from '../../clock.js';
import { raw, type EntityManager, type Orm } from '../../orm.js';
import type { Logger } from 'pino';
import { TestAssignment } from '../../entities/test-assignment.js';
import { Test } from '../../entities/test.js';
import { AssignmentStatus, Recurrence, TestStatus } from '../../entities/test-enums.js';
import type { ServerPubSub } from '../../pubsub.js';
import type { Transactions } from '../store/transactions.js';
import type { Assigner } from './assign.js';
import { openChild } from './children.js';
import { lockedTest } from './locked-test.js';
import { closeSession, mend, openSession } from './lifecycle.js';
import { nextOpening } from './schedule.js';

/** Node's timers hold 24.8 days; a day is more than often enough to look again. */
const LONGEST_WAIT_MS = 86_400_000;
/** A session that opens late by less, as timers do, counts from its planned time on: it ends when the next one may begin. */
const PUNCTUAL_MS = 1000;
const LATE_RESULTS = 'select test_id from assignment where ended_at is null and session_results > 0';

interface SessionClockDeps {
  readonly orm: Orm;
  readonly transactions: Transactions;
  readonly pubsub: ServerPubSub;
  readonly log: Logger;
  readonly assigner: Assigner;
  readonly clock: Clock;
  /** Tells of a change, after its commit. */
  readonly tell: (testId: string, agents: Iterable<string>) => void;
}

/** Opens and ends sessions when their time has come, whether results come or not; after a restart it takes up what fell due meanwhile. */
export class SessionClock {
  private cancel: () => void = () => undefined;
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
    this.cancel();
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
    this.cancel();
    let wait = LONGEST_WAIT_MS;
    try {
      const em = this.deps.orm.em.fork();
      if (changedId !== undefined) await this.followResults(changedId);
      for (const id of await dueTests(em, this.deps.clock.now())) await this.settle(id);
      wait = await this.untilNext(this.deps.orm.em.fork());
    } catch (error) {
      // The database may be busy or full for a moment; sessions must not hang for ever because of it.
      this.deps.log.error({ err: error }, 'sessions could not be opened or ended; trying again');
      wait = 1000;
    }
    if (!this.stopped) this.cancel = this.deps.clock.after(wait, () => void this.look());
  }

  private async settle(id: string): Promise<void> {
    const touched = await this.deps.transactions.run(this.deps.orm.em.fork(), async (em) => {
      const now = this.deps.clock.now();
      const test = await lockedTest(em, id);
      if (!test) return [];
      if (test.status === TestStatus.RUNNING && test.sessionEndsAt && test.sessionEndsAt <= now) {
        await closeSession(em, test, test.sessionEndsAt);
        return [test];
      }
      if (await mend(em, test)) return [test];
      if (test.status !== TestStatus.SCHEDULED || !test.nextRunAt || test.nextRunAt > now) return [];
      const late = now.getTime() - test.nextRunAt.getTime();
      return this.open(em, test, late < PUNCTUAL_MS ? test.nextRunAt : now);
    });
    for (const test of touched) this.deps.tell(test.id, test.agentIds);
  }

  private async open(em: EntityManager, test: Test, now: Date): Promise<Test[]> {
    if (test.recurrence === Recurrence.NEW_TEST) {
      test.nextRunAt = nextOpening(test, now);
      return [test, await openChild(em, this.deps.assigner, test, now)];
    }
    await this.deps.assigner.reconcile(em, test);
    await openSession(em, test, now);
    return [test];
  }

  /** Results may be what a test waited for: its one cycle is complete, or what FAILED has a result after all. */
  private async followResults(id: string): Promise<void> {
    // Most changes are none of these two: they cost one look, and no transaction.
    const waiting = [
      { status: TestStatus.RUNNING, durationSeconds: 0 },
      { status: TestStatus.FAILED, sessionStartedAt: { $ne: null } },
    ];
    if (!(await this.deps.orm.em.fork().count(Test, { id, deletedAt: null, $or: waiting }))) return;
    const changed = await this.deps.transactions.run(this.deps.orm.em.fork(), async (em) => {
      const test = await lockedTest(em, id);
      if (!test) return undefined;
      if (await mend(em, test)) return test;
      if (test.status !== TestStatus.RUNNING || test.durationSeconds !== 0) return undefined;
      const able = { status: { $ne: AssignmentStatus.UNSUPPORTED }, agent: { disabled: false } };
      const missing = { test, endedAt: null, sessionResults: 0, ...able };
      if ((await em.count(TestAssignment, missing)) > 0) return undefined;
      await closeSession(em, test, this.deps.clock.now());
      return test;
    });
    if (changed) this.deps.tell(changed.id, changed.agentIds);
  }

  /** Milliseconds until something falls due. */
  private async untilNext(em: EntityManager): Promise<number> {
    const running = { deletedAt: null, status: TestStatus.RUNNING, sessionEndsAt: { $ne: null } };
    const [ending] = await em.find(Test, running, { fields: ['sessionEndsAt'], orderBy: { sessionEndsAt: 'asc' }, limit: 1 });
    const scheduled = { deletedAt: null, status: TestStatus.SCHEDULED, nextRunAt: { $ne: null } };
    const [opening] = await em.find(Test, scheduled, { fields: ['nextRunAt'], orderBy: { nextRunAt: 'asc' }, limit: 1 });
    const times = [ending?.sessionEndsAt, opening?.nextRunAt].flatMap((time) => (time ? [time.getTime()] : []));
    return Math.min(LONGEST_WAIT_MS, Math.max(0, Math.min(...times) - this.deps.clock.now().getTime()));
  }
}

/** Ids of the tests for which something is to be done. No more of them is read: a test may name thousands of agents. */
async function dueTests(em: EntityManager, now: Date): Promise<string[]> {
  const due = {
    deletedAt: null,
    $or: [
      { status: TestStatus.RUNNING, sessionEndsAt: { $lte: now } },
      { status: TestStatus.SCHEDULED, nextRunAt: { $lte: now } },
      // A late result of a session that FAILED: who took it in may have stopped before it was followed.
      { status: TestStatus.FAILED, sessionStartedAt: { $ne: null }, id: { $in: raw(LATE_RESULTS) } },
    ],
  };
  return (await em.find(Test, due, { fields: ['id'] })).map(({ id }) => id);
}
