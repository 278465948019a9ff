import { assignmentKey, type Assignment } from './assignment.js';
import { Heap } from './heap.js';
import { CyclePlan, isOnce, type PlannedCycle } from './schedule.js';
import type { Timeline } from './timeline.js';
import type { WallClock } from './wall-clock.js';

/** A cycle that is to start now. */
export interface DueCycle {
  readonly key: string;
  readonly assignment: Assignment;
  readonly sequence: number;
  /** When it was to start, ms since 1970. */
  readonly scheduledMs: number;
}

/** What the scheduler tells its owner. */
export interface SchedulerEvents {
  /** All cycles that are due at this moment, together. The owner calls `finished` with the key of each. */
  due(cycles: readonly DueCycle[]): void;
  /** Cycles that did not take place, since the one before was still under way or the agent was too late: a gap AGENT_BUSY. */
  skipped(assignment: Assignment, cycles: number): void;
  /** The wall clock was stepped by this many ms, or the host slept; the plan has been made anew. */
  stepped(byMs: number): void;
}

interface Entry {
  assignment: Assignment;
  readonly identity: string;
  readonly plan: CyclePlan;
  next: PlannedCycle;
  /** Added to the plan's number, so that an agent's sequence never goes back although its clock did. */
  sequenceShift: number;
  lastSequence: number;
}

/** Timers may fire a little early, and cycles a hair apart shall share a batch, ms. */
const TOGETHER_MS = 2;

/** What makes two versions of an assignment the same plan; another session is another one, so that one cycle is run again. */
function identityOf(assignment: Assignment, rhythm?: string): string {
  const { revision, seed, schedule, sessionStartedAt } = assignment;
  return JSON.stringify([revision, seed, schedule, sessionStartedAt, rhythm]);
}

/** Says when each assignment's cycles start. One timer, however many assignments. */
export class Scheduler {
  readonly #entries = new Map<string, Entry>();
  readonly #running = new Set<string>();
  /** Assignments of one cycle that have had it, with the plan that they had it for. */
  readonly #once = new Map<string, string>();
  /** Assignments of one cycle whose former version is still under way. */
  readonly #waiting = new Map<string, Assignment>();
  readonly #queue = new Heap<{ entry: Entry; startMs: number }>((a, b) => a.startMs < b.startMs);
  #cancelTimer: () => void = () => undefined;
  #stopped = false;

  constructor(
    private readonly timeline: Timeline,
    private readonly wall: WallClock,
    private readonly events: SchedulerEvents,
    /** The rhythms that assignments share, by key; one that is not there has its own. */
    private readonly rhythmsOf: (assignments: readonly Assignment[]) => ReadonlyMap<string, string> = () => new Map(),
    /** How far the server's clock is ahead of the wall clock, ms, as far as it is known: sessions end by it. */
    private readonly serverAheadMs: () => number = () => 0,
  ) {}

  /** Makes this the whole set of assignments: new and changed ones are planned from now, others that are gone stop at once. */
  replace(assignments: readonly Assignment[]): void {
    if (this.#stopped) return;
    const wanted = new Map(assignments.map((assignment) => [assignmentKey(assignment), assignment]));
    for (const known of [this.#entries, this.#once, this.#waiting]) {
      for (const key of [...known.keys()]) if (!wanted.has(key)) known.delete(key);
    }
    const rhythms = this.rhythmsOf([...wanted.values()]);
    const atOnce = [...wanted].flatMap(([key, assignment]) => this.#adopt(key, assignment, rhythms.get(key)));
    if (atOnce.length > 0) this.events.due(atOnce);
    this.#arm();
  }

  /** The cycle of this assignment has ended: its next one may start. */
  finished(key: string): void {
    this.#running.delete(key);
    const waiting = this.#waiting.get(key);
    this.#waiting.delete(key);
    if (waiting && !this.#stopped) this.events.due(this.#adoptOnce(key, waiting, identityOf(waiting)));
  }

  /** How many cycles are under way. */
  get underWay(): number {
    return this.#running.size;
  }

  /** How long it is until a cycle starts, ms: 0 where one is under way. */
  get quietForMs(): number {
    if (this.#running.size > 0) return 0;
    const first = this.#peek();
    return first ? Math.max(0, first.startMs - this.wall.nowMs()) : Infinity;
  }

  /** Looks whether the wall clock was stepped and, where it was, plans anew. Call it every few seconds: timers alone sleep through a suspend. */
  checkClock(): void {
    const byMs = this.wall.check();
    if (byMs === 0 || this.#stopped) return;
    this.#queue.clear();
    for (const entry of this.#entries.values()) this.#planFrom(entry, this.wall.nowMs());
    this.events.stepped(byMs);
    this.#arm();
  }

  /** No cycle starts any more; those under way are their owner's. */
  stop(): void {
    this.#stopped = true;
    this.#cancelTimer();
    this.#entries.clear();
    this.#queue.clear();
  }

  #adopt(key: string, assignment: Assignment, rhythm: string | undefined): DueCycle[] {
    const identity = identityOf(assignment, rhythm);
    if (isOnce(assignment)) return this.#adoptOnce(key, assignment, identity);
    this.#once.delete(key);
    const known = this.#entries.get(key);
    if (known?.identity === identity) {
      known.assignment = assignment;
      return [];
    }
    const plan = new CyclePlan(assignment, rhythm);
    const lastSequence = known?.plan.intervalMs === plan.intervalMs ? known.lastSequence : Number.NEGATIVE_INFINITY;
    const entry: Entry = { assignment, identity, plan, next: plan.firstFrom(this.wall.nowMs()), sequenceShift: 0, lastSequence };
    this.#entries.set(key, entry);
    this.#planFrom(entry, this.wall.nowMs());
    return [];
  }

  #adoptOnce(key: string, assignment: Assignment, identity: string): DueCycle[] {
    this.#entries.delete(key);
    if (this.#once.get(key) === identity) return [];
    if (this.#running.has(key)) {
      this.#waiting.set(key, assignment);
      return [];
    }
    this.#once.set(key, identity);
    this.#running.add(key);
    return [{ key, assignment, sequence: 0, scheduledMs: this.wall.nowMs() }];
  }

  #planFrom(entry: Entry, atMs: number): void {
    this.#enqueue(entry, entry.plan.firstFrom(atMs));
    const sequence = entry.next.sequence + entry.sequenceShift;
    if (sequence <= entry.lastSequence) entry.sequenceShift += entry.lastSequence + 1 - sequence;
  }

  #enqueue(entry: Entry, next: PlannedCycle): void {
    entry.next = next;
    this.#queue.push({ entry, startMs: next.startMs });
  }

  /** The earliest planned cycle; what was planned for an entry that is gone or has been planned anew falls out here. */
  #peek(): { entry: Entry; startMs: number } | undefined {
    for (;;) {
      const first = this.#queue.peek();
      if (!first) return undefined;
      const { entry, startMs } = first;
      if (this.#entries.get(assignmentKey(entry.assignment)) === entry && entry.next.startMs === startMs) return first;
      this.#queue.pop();
    }
  }

  #arm(): void {
    this.#cancelTimer();
    const first = this.#stopped ? undefined : this.#peek();
    if (first) this.#cancelTimer = this.timeline.after(first.startMs - this.wall.nowMs(), () => this.#wake());
  }

  #wake(): void {
    this.checkClock();
    const nowMs = this.wall.nowMs();
    const due: DueCycle[] = [];
    for (let first = this.#peek(); first && first.startMs <= nowMs + TOGETHER_MS; first = this.#peek()) {
      this.#queue.pop();
      const cycle = this.#take(first.entry, nowMs);
      if (cycle) due.push(cycle);
    }
    if (due.length > 0) this.events.due(due);
    this.#arm();
  }

  /** Whether the session ends before a cycle that is to start then: no server needs to be there to say so. */
  #isOver({ endsAt }: Assignment, startMs: number): boolean {
    return endsAt ? startMs + this.serverAheadMs() >= Date.parse(endsAt) : false;
  }

  /** The entry's due cycle, or undefined where it has to be skipped or its session is over; plans the one after it. */
  #take(entry: Entry, nowMs: number): DueCycle | undefined {
    const { assignment, plan, next, sequenceShift } = entry;
    const key = assignmentKey(assignment);
    if (this.#isOver(assignment, next.startMs)) {
      this.#entries.delete(key);
      return undefined;
    }
    const tooLate = nowMs - next.startMs >= plan.intervalMs;
    this.#enqueue(entry, tooLate ? plan.firstFrom(nowMs) : plan.cycle(next.sequence + 1));
    entry.lastSequence = entry.next.sequence - 1 + sequenceShift;
    if (tooLate || this.#running.has(key)) {
      this.events.skipped(assignment, entry.next.sequence - next.sequence);
      return undefined;
    }
    this.#running.add(key);
    return { key, assignment, sequence: next.sequence + sequenceShift, scheduledMs: next.startMs };
  }
}
