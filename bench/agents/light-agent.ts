import { randomUUID } from 'node:crypto';
import { ASSIGNMENTS, HEARTBEAT, REGISTER, SUBMIT } from '../../agent/server-link/documents.js';
import { BackOff } from '../../agent/server-link/back-off.js';
import { pauseAfter } from '../../agent/server-link/heartbeat.js';
import { pause } from '../../agent/server-link/pause.js';
import { LightSocket } from './light-socket.js';

/** What an agent is told to do, as far as it matters here. */
export interface Assigned {
  readonly testId: string;
  readonly revision: number;
  readonly target: { readonly id: string };
}

/** Hears what happens to agents. */
export interface Ear {
  assigned(agent: LightAgent, assignments: readonly Assigned[]): void;
  beat(agent: LightAgent): void;
  /** A connection that was welcomed ended, or an operation had errors. */
  trouble(agent: LightAgent, reason: string): void;
  /** Nobody took the connection that was tried at that moment (`performance.now()`). */
  turnedAway(agent: LightAgent, reason: string, triedAt: number): void;
}

interface Registration {
  readonly registerAgent: { readonly secret: string; readonly agent: { readonly id: string } };
}

/** An agent without probes and disk: it registers, stays connected with the real agent's back-off, beats, and listens to its assignments. */
export class LightAgent {
  id = '';
  private secret = '';
  private socket: LightSocket | undefined;

  constructor(
    readonly index: number,
    private readonly url: string,
    private readonly ear: Ear,
  ) {}

  /** Registers as agents do: over a connection of its own, with the enrolment token. @throws Error */
  async register(token: string, probes: readonly unknown[]): Promise<void> {
    const socket = await LightSocket.open(this.url, token);
    const name = `agent-${String(this.index).padStart(5, '0')}`;
    const input = {
      ...{ installId: randomUUID(), protocol: 1, name, hostname: `${name}.example`, version: '0.1.0' },
      ...{ addresses: ['127.0.0.1'], system: { platform: 'linux' }, probes },
    };
    const { registerAgent } = await socket.call<Registration>(REGISTER, { input });
    this.secret = registerAgent.secret;
    this.id = registerAgent.agent.id;
    await socket.close();
  }

  /** Stays connected until the signal aborts. */
  async live(signal: AbortSignal): Promise<void> {
    const backOff = new BackOff();
    while (!signal.aborted) {
      const triedAt = performance.now();
      try {
        await this.serve(signal, backOff);
      } catch (error) {
        const reason = error instanceof Error ? error.message || error.name : String(error);
        if (!signal.aborted) this.ear.turnedAway(this, reason, triedAt);
      }
      await pause(backOff.next(), signal);
    }
  }

  /** Sends results over the connection that is there. @throws Error */
  async submit(results: readonly unknown[]): Promise<{ readonly submitResults: { readonly accepted: string[] } }> {
    if (!this.socket) throw new Error('not connected');
    return this.socket.call(SUBMIT, { results });
  }

  private async serve(signal: AbortSignal, backOff: BackOff): Promise<void> {
    const socket = await LightSocket.open(this.url, this.secret);
    this.socket = socket;
    const session = new AbortController();
    const end = (): void => socket.terminate();
    signal.addEventListener('abort', end);
    const closed = socket.closed.then((reason) => {
      session.abort();
      return reason;
    });
    socket.listen<{ assignmentsChanged: Assigned[] }>(
      ASSIGNMENTS,
      {},
      ({ assignmentsChanged }) => this.ear.assigned(this, assignmentsChanged),
      (reason) => this.fail(session.signal, reason),
    );
    await this.beatUntil(session.signal, backOff);
    const reason = await closed;
    this.socket = undefined;
    signal.removeEventListener('abort', end);
    if (!signal.aborted) this.ear.trouble(this, reason);
  }

  private async beatUntil(signal: AbortSignal, backOff: BackOff): Promise<void> {
    for (let beats = 1; !signal.aborted; beats += 1) {
      let seconds: number;
      try {
        seconds = await this.beat();
      } catch (error) {
        this.fail(signal, String(error));
        this.socket?.terminate();
        return;
      }
      backOff.reset();
      await pause(pauseAfter(beats, seconds), signal);
    }
  }

  private async beat(): Promise<number> {
    const input = {
      ...{ protocol: 1, sentAt: new Date().toISOString(), spooledResults: 0, droppedResults: 0, clockOffsetMs: 0.1, clockErrorMs: 0.2 },
      system: { loadPercent: 3.5, rssBytes: 90_000_000 },
    };
    const reply = await this.socket?.call<{ heartbeat: { heartbeatSeconds: number } }>(HEARTBEAT, { input });
    this.ear.beat(this);
    return reply?.heartbeat.heartbeatSeconds ?? 0;
  }

  /** What fails since the connection ended is told once, by its end. */
  private fail(session: AbortSignal, reason: string): void {
    if (!session.aborted && !reason.includes('closed with')) this.ear.trouble(this, reason);
  }
}
