import type { Assignment } from '../assignment.js';
import { AgentClient } from '../client.js';
import type { AgentConfig } from '../config-schema.js';
import type { AgentIdentity } from '../identity.js';
import type { Logger } from '../log.js';
import type { Outbox } from '../outbox.js';
import { PROTOCOL } from '../version.js';
import { BackOff } from './back-off.js';
import { CallError, ConnectionError, isRefusal, type CloseReason } from './errors.js';
import { Heartbeats, type HeartbeatSurroundings } from './heartbeat.js';
import { pause } from './pause.js';
import type { RegisterAgentInput } from './registration.js';
import { Sender } from './sender.js';

/** What the link needs of the rest of the agent. */
export interface LinkSurroundings extends HeartbeatSurroundings {
  readonly config: Pick<AgentConfig, 'server' | 'token'>;
  readonly identity: AgentIdentity;
  readonly outbox: Outbox;
  readonly log: Logger;
  readonly description: RegisterAgentInput;
  /** Whether the server knows this description already; remembers that it does. */
  readonly known: { isKnown(): boolean; remember(): void };
  assigned(assignments: readonly Assignment[]): void;
  /** How long to wait when the server refuses the credential, ms. */
  readonly refusedPauseMs?: number;
}

/** A refused credential rarely mends itself: once a minute is often enough, and finds out when it does. */
const REFUSED_PAUSE_MS = 60_000;

/** How one connection ended. */
interface End {
  readonly refused: boolean;
  readonly text: string;
}

/** Keeps the agent connected, for ever: registers it where that is needed, then beats, listens to assignments and sends results. */
export class ServerLink {
  /** Settles with the agent's id as soon as it is known. */
  readonly registered: Promise<string>;
  readonly #stop = new AbortController();
  readonly #backOff = new BackOff();
  #tellRegistered: (agentId: string) => void = () => undefined;
  #client: AgentClient | undefined;
  #ended: Promise<void> = Promise.resolve();
  #lastTrouble = '';

  constructor(private readonly around: LinkSurroundings) {
    this.registered = new Promise((resolve) => (this.#tellRegistered = resolve));
    const known = around.identity.credential;
    if (known) this.#tellRegistered(known.agentId);
  }

  start(): void {
    this.#ended = this.#live();
  }

  /** Waits until all results are sent, while there is a connection, but not longer than this. */
  async drain(ms: number): Promise<void> {
    const { outbox } = this.around;
    const end = performance.now() + ms;
    while (this.#client && outbox.size > 0 && performance.now() < end) await pause(20, this.#stop.signal);
  }

  /** Closes the connection and stays away. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#client?.close();
    await this.#ended;
  }

  async #live(): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted) {
      const end = await this.#connectOnce();
      if (signal.aborted) return;
      if (end) this.#complain(end);
      const refusedMs = this.around.refusedPauseMs ?? REFUSED_PAUSE_MS;
      await pause(end?.refused ? refusedMs : end ? this.#backOff.next() : 0, signal);
    }
  }

  /** Registers or serves, whichever is needed. Returns how it ended; undefined where there is more to do at once. */
  async #connectOnce(): Promise<End | undefined> {
    const { credential } = this.around.identity;
    const { token } = this.around.config;
    try {
      if (!credential) return await this.#register(token);
      const reason = await this.#serve(credential.secret);
      return isRefusal(reason) ? this.#refused(reason, 'secret') : { refused: false, text: reason.text };
    } catch (error) {
      if (error instanceof ConnectionError && isRefusal(error.reason)) return this.#refused(error.reason, credential ? 'secret' : 'token');
      const hopeless =
        error instanceof CallError && !['UNAVAILABLE', 'TIMEOUT', 'RATE_LIMITED', 'INTERNAL_SERVER_ERROR'].includes(error.code);
      return { refused: hopeless, text: error instanceof Error ? error.message : String(error) };
    }
  }

  #refused(reason: CloseReason, what: 'token' | 'secret'): End | undefined {
    const { identity, config, log } = this.around;
    if (what === 'secret' && config.token && identity.wasMadeWithOther(config.token)) {
      log.warn('the server does not know this agent any more; it registers again with the new enrolment token');
      identity.forget();
      return undefined;
    }
    return { refused: true, text: this.#explain(reason, what) };
  }

  #explain(reason: CloseReason, what: 'token' | 'secret'): string {
    return what === 'token'
      ? `the server refuses the enrolment token (${reason.text}): it is wrong, used up, revoked or expired; create another in the dashboard and start the agent with it`
      : `the server refuses this agent's secret (${reason.text}): the agent was removed or disabled there; to register it anew, start it with a new enrolment token`;
  }

  /** The same trouble is told once, not at each try. */
  #complain({ refused, text }: End): void {
    const { log, config } = this.around;
    if (text === this.#lastTrouble) log.debug({ server: config.server }, text);
    else log[refused ? 'error' : 'warn']({ server: config.server }, `no connection to the server: ${text}; the agent keeps trying`);
    this.#lastTrouble = text;
  }

  async #register(token: string | undefined): Promise<End | undefined> {
    if (!token)
      return {
        refused: true,
        text: 'this agent is not registered: start it with an enrolment token (--token-file, STREAMSWARM_TOKEN_FILE)',
      };
    const { identity, description, log, known } = this.around;
    const client = await this.#open(token);
    try {
      const credential = await client.register(description);
      identity.keep(credential, token);
      known.remember();
      log.info({ agentId: credential.agentId }, 'registered');
      this.#tellRegistered(credential.agentId);
    } finally {
      await this.#shut(client);
    }
    return undefined;
  }

  async #open(secret: string): Promise<AgentClient> {
    const client = await AgentClient.connect(this.around.config.server, secret);
    this.#client = client;
    if (this.#stop.signal.aborted) await client.close();
    return client;
  }

  async #shut(client: AgentClient): Promise<void> {
    this.#client = undefined;
    await client.close();
  }

  /** Serves one connection with the agent's own secret until it ends. */
  async #serve(secret: string): Promise<CloseReason> {
    const client = await this.#open(secret);
    const session = new AbortController();
    const closed = client.closed.finally(() => session.abort());
    try {
      await this.#describe(client);
      this.#listen(client);
      const { log, outbox } = this.around;
      const sending = new Sender(client, outbox, log).run(session.signal);
      await Promise.race([closed, this.#beat(client, session.signal)]);
      client.terminate();
      const reason = await closed;
      await sending;
      return reason;
    } finally {
      session.abort();
      await this.#shut(client);
    }
  }

  /** A call without an answer ends the connection, and with it the session: the next one starts afresh. */
  async #beat(client: AgentClient, signal: AbortSignal): Promise<void> {
    try {
      await new Heartbeats(client, PROTOCOL, this.around).run(signal, () => this.#connected());
    } catch (error) {
      if (!signal.aborted) this.around.log.warn(`no heartbeat: ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  #connected(): void {
    if (this.#lastTrouble) this.around.log.info('connected to the server again');
    this.#lastTrouble = '';
    this.#backOff.reset();
  }

  async #describe(client: AgentClient): Promise<void> {
    const { known, description, log } = this.around;
    if (known.isKnown()) return;
    await client.describe(description);
    known.remember();
    log.info('told the server how this agent has changed');
  }

  #listen(client: AgentClient): void {
    const { log, assigned } = this.around;
    client.listen({
      changed: (assignments, unreadable) => {
        for (const problem of unreadable) log.error(`an assignment cannot be understood and is left out: ${problem}`);
        assigned(assignments);
      },
      ended: (error) => {
        if (error) log.warn({ code: error.code }, `the subscription to assignments ended: ${error.message}`);
        client.terminate();
      },
    });
  }
}
