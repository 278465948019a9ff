import type { AgentClient, HeartbeatInput } from '../client.js';
import type { ServerClock } from '../clock.js';
import type { LostTimes } from '../outbox/lost-times.js';
import type { Timeline } from '../timeline.js';
import { pause } from './pause.js';

/** What a heartbeat says beside times. */
export type Vitals = Pick<HeartbeatInput, 'spooledResults' | 'droppedResults' | 'system'>;

/** What beats need. */
export interface HeartbeatSurroundings {
  readonly clock: ServerClock;
  readonly timeline: Timeline;
  readonly outbox: { readonly lostTimes: Pick<LostTimes, 'untold' | 'told'> };
  vitals(): Vitals;
}

const FIRST_BEATS = 4;
const FIRST_PAUSE_MS = 250;

/** What an outbox loses all the time is told so often, ms: the server remembers each time that it is told. */
const LOSSES_APART_MS = 60_000;

/** Share of the period by which each pause differs from it, to either side. */
const SPREAD = 0.1;

/**
 * How long to wait after so many heartbeats of a connection, ms. The first few follow each other quickly. The next comes at any moment of the period, and
 * each later one a little earlier or later than the one before: thousands of agents that came back together, or were answered together, must not beat
 * together ever after.
 */
export function pauseAfter(beats: number, seconds: number): number {
  if (beats < FIRST_BEATS) return FIRST_PAUSE_MS;
  const share = beats === FIRST_BEATS ? Math.random() : 1 - SPREAD + 2 * SPREAD * Math.random();
  return seconds * 1000 * share;
}

/** Tells the server at its pace that this agent is alive, and learns from each answer how the clocks differ. */
export class Heartbeats {
  #lossesToldMs = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly client: Pick<AgentClient, 'heartbeat' | 'takesDroppedTimes'>,
    private readonly protocol: number,
    private readonly around: HeartbeatSurroundings,
  ) {}

  /**
   * Beats until the signal aborts. The first few follow each other quickly, so that the offset is known early.
   *
   * @param answered hears of each answer
   * @throws CallError when the server does not answer
   */
  async run(signal: AbortSignal, answered: () => void): Promise<void> {
    for (let beats = 1; !signal.aborted; beats += 1) {
      const seconds = await this.beat();
      answered();
      await pause(pauseAfter(beats, seconds), signal);
    }
  }

  /** One heartbeat. Returns after how many seconds the server wants the next. @throws CallError */
  async beat(): Promise<number> {
    const { clock, timeline, outbox } = this.around;
    const offset = clock.at(timeline.monotonicMs());
    const sentAtMs = timeline.wallMs();
    const begin = timeline.monotonicMs();
    const lost = begin - this.#lossesToldMs < LOSSES_APART_MS ? [] : outbox.lostTimes.untold;
    const droppedTimes = lost.map(({ from, to }) => ({ from: new Date(from).toISOString(), to: new Date(to).toISOString() }));
    const reply = await this.client.heartbeat({
      protocol: this.protocol,
      sentAt: new Date(sentAtMs).toISOString(),
      clockOffsetMs: offset?.offsetMs ?? null,
      clockErrorMs: offset?.errorMs ?? null,
      ...this.around.vitals(),
      ...(lost.length > 0 ? { droppedTimes } : {}),
    });
    const arrivedMs = timeline.monotonicMs();
    const { receivedAt: receivedAtMs, serverTime: answeredAtMs } = reply;
    if (lost.length > 0 && this.client.takesDroppedTimes) {
      outbox.lostTimes.told(lost);
      this.#lossesToldMs = begin;
    }
    clock.add({ sentAtMs, receivedAtMs, answeredAtMs, elapsedMs: arrivedMs - begin, arrivedMs });
    return reply.heartbeatSeconds;
  }
}
