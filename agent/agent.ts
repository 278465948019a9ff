import { join } from 'node:path';
import { assignmentKey, type Assignment } from './assignment.js';
import { ServerClock } from './clock.js';
import type { AgentConfig } from './config-schema.js';
import { CycleRunner } from './cycles.js';
import { describeHost } from './host.js';
import type { AgentIdentity } from './identity.js';
import { KeptAssignments, KnownDescription } from './kept.js';
import type { Logger } from './log.js';
import { RunMemory } from './memory.js';
import type { Outbox } from './outbox.js';
import type { ProbePool } from './pool.js';
import type { DescribedProbe, DescribedProbes } from './pool/protocol.js';
import { collectGarbage } from './pool/tidy.js';
import { AgentReflector } from './reflector.js';
import type { TestResultInput } from './result.js';
import { rhythmsOf } from './rhythm.js';
import { Scheduler, type DueCycle } from './scheduler.js';
import { ServerLink } from './server-link/link.js';
import { pause } from './server-link/pause.js';
import { registration } from './server-link/registration.js';
import { isReadableOnTheWay } from './server-url.js';
import { Tidying } from './tidying.js';
import { realTimeline } from './timeline.js';
import { AGENT_VERSION } from './version.js';
import { WallClock } from './wall-clock.js';

/** What an agent is made of. */
export interface AgentParts {
  readonly config: AgentConfig;
  readonly identity: AgentIdentity;
  readonly outbox: Outbox;
  readonly pool: ProbePool;
  readonly log: Logger;
}

/** How long stopping waits for runs under way, and then for results to be sent, ms. */
const RUNS_MS = 5000;
const SENDING_MS = 2000;
/** How often the wall clock is compared with the monotonic one, ms. */
const CLOCK_CHECK_MS = 5000;

/** One agent: the scheduler says when, the pool measures, the outbox keeps, the link sends. */
export class Agent {
  readonly stopped: Promise<void>;
  readonly #wall = new WallClock(realTimeline);
  readonly #clock = new ServerClock();
  readonly #memory = new RunMemory();
  readonly #scheduler: Scheduler;
  readonly #cycles: CycleRunner;
  readonly #kept: KeptAssignments;
  readonly #tidying = new Tidying(
    realTimeline,
    () => this.#scheduler.quietForMs,
    () => this.#tidy(),
  );
  readonly #startedMs = performance.now();
  #probes = new Map<string, DescribedProbe>();
  #link: ServerLink | undefined;
  #reflector: AgentReflector | undefined;
  #clockCheck: NodeJS.Timeout | undefined;
  #skipped = 0;
  #stopping: Promise<void> | undefined;
  #tellStopped: () => void = () => undefined;

  constructor(private readonly parts: AgentParts) {
    const { config, log } = parts;
    this.stopped = new Promise((resolve) => (this.#tellStopped = resolve));
    this.#kept = new KeptAssignments(join(config.data, 'assignments.json'), (message) => log.warn(message));
    this.#scheduler = new Scheduler(
      realTimeline,
      this.#wall,
      {
        due: (cycles) => this.#run(cycles),
        skipped: (assignment, cycles) => this.#skip(assignment, cycles),
        stepped: (byMs) => this.#stepped(byMs),
      },
      (assignments) => rhythmsOf(parts.identity.installId, assignments, (probe) => this.#probes.get(probe)),
      () => this.#clock.at(realTimeline.monotonicMs())?.offsetMs ?? 0,
    );
    this.#cycles = new CycleRunner({
      pool: parts.pool,
      memory: this.#memory,
      traits: (probe) => this.#probes.get(probe),
      clockOffset: () => this.#clock.at(realTimeline.monotonicMs()),
      clockSteps: () => this.#wall.steps,
      toMonotonicMs: (wallMs) => this.#wall.toMonotonicMs(wallMs),
    });
  }

  /** Starts measuring and connecting. Settles with the agent's id. @throws Error when stopped before the agent was ever registered, ReflectorError */
  async start(): Promise<string> {
    const { pool, config, log } = this.parts;
    log.info(
      { version: AGENT_VERSION, server: config.server, name: config.name, data: config.data, workers: config.workers },
      'agent starts',
    );
    if (isReadableOnTheWay(config.server)) log.warn('the connection to the server is not encrypted: use https outside a trusted network');
    this.#reflector = AgentReflector.open(config, log);
    const described = await Promise.race([pool.describe(), this.stopped]);
    if (described) this.#begin(described);
    const agentId = await Promise.race([this.#link?.registered, this.stopped]);
    if (agentId === undefined) throw new Error('the agent was stopped before the server had registered it');
    return agentId;
  }

  #begin({ probes, problems }: DescribedProbes): void {
    if (this.#stopping) return;
    for (const problem of problems) this.parts.log.error(`a probe was left out: ${problem}`);
    this.#probes = new Map(probes.map((probe) => [probe.name, probe]));
    this.#logSupport(probes);
    this.#measure(this.#kept.load());
    this.#clockCheck = setInterval(() => this.#look(), CLOCK_CHECK_MS);
    this.#link = this.#createLink(probes);
    this.#link.start();
  }

  /** Stops; a second call waits for the same end. */
  stop(): Promise<void> {
    this.#stopping ??= this.#stop().finally(() => this.#tellStopped());
    return this.#stopping;
  }

  async #stop(): Promise<void> {
    const { outbox, pool, identity, log } = this.parts;
    log.info({ underWay: this.#scheduler.underWay }, 'agent stops');
    clearInterval(this.#clockCheck);
    this.#scheduler.stop();
    const end = performance.now() + RUNS_MS;
    while (this.#scheduler.underWay > 0 && performance.now() < end) await pause(20, AbortSignal.timeout(RUNS_MS));
    await this.#reflector?.close();
    await outbox.flush();
    await this.#link?.drain(SENDING_MS);
    await this.#link?.stop();
    await pool.close();
    await outbox.close();
    identity.release();
    log.info({ unsent: outbox.size }, 'agent stopped');
  }

  #createLink(probes: readonly DescribedProbe[]): ServerLink {
    const { config, identity, outbox, log } = this.parts;
    const description = registration(identity.installId, config.name, describeHost(), probes);
    const known = new KnownDescription(join(config.data, 'described'), description);
    const assigned = (assignments: readonly Assignment[]): void => this.#assign(assignments);
    const vitals = (): ReturnType<Agent['vitals']> => this.vitals();
    return new ServerLink({
      config,
      identity,
      outbox,
      log,
      description,
      known,
      assigned,
      vitals,
      clock: this.#clock,
      timeline: realTimeline,
    });
  }

  /** How the agent is, as its heartbeats tell. */
  vitals(): { readonly spooledResults: number; readonly droppedResults: number; readonly system: Readonly<Record<string, number>> } {
    const { outbox, pool } = this.parts;
    const uptimeSeconds = Math.round((performance.now() - this.#startedMs) / 1000);
    const system = {
      uptimeSeconds,
      skippedCycles: this.#skipped,
      lostWorkers: pool.crashes,
      outboxBytes: outbox.pendingBytes,
      clockSteps: this.#wall.steps,
      ...this.#reflector?.vitals,
    };
    return { spooledResults: outbox.size, droppedResults: outbox.dropped, system };
  }

  #assign(assignments: readonly Assignment[]): void {
    this.parts.log.info({ assignments: assignments.length }, 'assignments');
    this.#memory.keepOnly(assignments);
    this.#kept.save(assignments);
    this.#measure(assignments);
  }

  /** Plans these; workers load what they need meanwhile. Without any yet, one worker is kept ready. */
  #measure(assignments: readonly Assignment[]): void {
    const probes = new Set(assignments.flatMap((assignment) => assignment.probes.map(({ probe }) => probe)));
    this.parts.pool.prepare([...probes], Math.max(1, assignments.length));
    this.#scheduler.replace(assignments);
  }

  #run(due: readonly DueCycle[]): void {
    this.#cycles.run(due).forEach((result, index) => {
      const key = due[index]?.key ?? '';
      result.then((finished) => this.#keep(finished)).finally(() => this.#finished(key)).catch((error: unknown) => {
        this.parts.log.error({ err: error }, 'a cycle could not be completed; please report this');
      }); // prettier-ignore
    });
  }

  #finished(key: string): void {
    this.#scheduler.finished(key);
    this.#tidying.look();
  }

  #look(): void {
    this.#scheduler.checkClock();
    this.#tidying.look();
  }

  /** The workers give what the C library has free back, of this thread too. */
  #tidy(): void {
    collectGarbage();
    this.parts.pool.tidy();
  }

  async #keep(result: TestResultInput): Promise<void> {
    await this.parts.outbox.append(result.id, JSON.stringify(result));
    this.parts.log.debug({ result: result.id, status: result.status }, 'result kept');
  }

  #skip(assignment: Assignment, cycles: number): void {
    this.#skipped += cycles;
    this.parts.log.debug({ assignment: assignmentKey(assignment), cycles }, 'cycles skipped: the one before was still under way');
  }

  #stepped(byMs: number): void {
    this.#clock.reset();
    this.parts.log.warn({ byMs: Math.round(byMs) }, 'the wall clock was stepped, or this host slept; the schedule is planned anew');
  }

  #logSupport(probes: readonly DescribedProbe[]): void {
    for (const { name, support } of probes) {
      if (support.available) this.parts.log.info({ probe: name, method: support.method }, 'can measure');
      else this.parts.log.warn({ probe: name, remedy: support.remedy }, `cannot measure: ${support.reason}`);
    }
  }
}
