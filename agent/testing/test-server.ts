import { randomUUID } from 'node:crypto';
import { EventEmitter, once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buildSchema, GraphQLError } from 'graphql';
import { useServer } from 'graphql-ws/use/ws';
import { WebSocketServer } from 'ws';
import type { Assignment } from '../assignment.js';
import type { HeartbeatInput, SubmitReply } from '../client.js';
import type { TestResultInput } from '../result.js';
import type { RegisterAgentInput } from '../server-link/registration.js';
import { AGENT_CONTRACT } from './contract.js';

const SCHEMA = buildSchema(AGENT_CONTRACT);
/** What servers speak that are older than the fields of sessions, and than those of lost results. */
const SCHEMA_WITHOUT_SESSIONS = buildSchema(
  AGENT_CONTRACT.replaceAll(/^ *(sessionStartedAt|endsAt): DateTime$/gm, '').replaceAll(/^ *droppedTimes: .*$/gm, ''),
);

/** What a test may put in the place of the server's usual behaviour. */
export interface Behaviour {
  /** Answers a batch; without it everything is accepted. */
  submit?: (results: readonly TestResultInput[]) => SubmitReply;
  /** Registers the agent, but breaks the connection before the reply. This many times. */
  lostRegistrations: number;
  /** Added to all times that the server tells, ms. */
  clockAheadMs: number;
  heartbeatSeconds: number;
  /** Whether it is of a release that knows no sessions; counts from the next `comeBack`. */
  knowsNoSessions: boolean;
}

/**
 * A server that knows just what agents call: real GraphQL over a real WebSocket, on loopback, everything kept in memory. It emits `registered`,
 * `described`, `heartbeat`, `submitted` and `connected`; its memory outlives `goAway` and `comeBack`, as a server's database does.
 */
export class TestServer extends EventEmitter {
  readonly behaviour: Behaviour = { lostRegistrations: 0, clockAheadMs: 0, heartbeatSeconds: 0.2, knowsNoSessions: false };
  readonly tokens = new Set(['sse_token']);
  /** Agents by secret: their installation. */
  readonly secrets = new Map<string, string>();
  readonly registrations: RegisterAgentInput[] = [];
  readonly descriptions: RegisterAgentInput[] = [];
  readonly heartbeats: HeartbeatInput[] = [];
  /** Accepted results by id; sent twice, kept once. */
  readonly results = new Map<string, TestResultInput>();
  readonly batches: (readonly TestResultInput[])[] = [];
  #assignments: readonly Assignment[] = [];
  readonly #changes = new EventEmitter();
  #http: Server | undefined;
  #sockets: WebSocketServer | undefined;
  #port = 0;

  static async start(): Promise<TestServer> {
    const server = new TestServer();
    await server.comeBack();
    return server;
  }

  get url(): string {
    return `ws://127.0.0.1:${this.#port}/graphql`;
  }

  /** Listens, at the same port as before. */
  async comeBack(): Promise<void> {
    const http = createServer();
    const sockets = new WebSocketServer({ server: http, path: '/graphql' });
    useServer(
      {
        schema: this.behaviour.knowsNoSessions ? SCHEMA_WITHOUT_SESSIONS : SCHEMA,
        roots: { mutation: this.#mutations(), subscription: { assignmentsChanged: () => this.#subscription() } },
        context: ({ connectionParams }) => ({ secret: String(connectionParams?.authorization).replace('Bearer ', '') }),
        onConnect: ({ connectionParams }) => this.#isKnown(String(connectionParams?.authorization).replace('Bearer ', '')),
      },
      sockets,
    );
    http.listen(this.#port, '127.0.0.1');
    await once(http, 'listening');
    this.#port = (http.address() as AddressInfo).port;
    this.#http = http;
    this.#sockets = sockets;
  }

  /** Breaks all connections, as a crash does, and listens no more. */
  async goAway(): Promise<void> {
    this.cut();
    this.#sockets?.close();
    const closed = this.#http && once(this.#http, 'close');
    this.#http?.close();
    await closed;
    this.#http = undefined;
  }

  /** Breaks all connections but goes on listening. */
  cut(): void {
    for (const socket of this.#sockets?.clients ?? []) socket.terminate();
  }

  /** Makes this the assignments of every agent. */
  assign(...assignments: readonly Assignment[]): void {
    this.#assignments = assignments;
    this.#changes.emit('changed');
  }

  /** Settles when `condition` holds after one of the server's events. */
  async until(event: 'registered' | 'described' | 'heartbeat' | 'submitted' | 'connected', condition: () => boolean): Promise<void> {
    while (!condition()) await once(this, event);
  }

  #isKnown(secret: string): boolean {
    this.emit('connected', secret);
    return this.tokens.has(secret) || this.secrets.has(secret);
  }

  #now(): string {
    return new Date(Date.now() + this.behaviour.clockAheadMs).toISOString();
  }

  async *#subscription(): AsyncGenerator<{ assignmentsChanged: readonly Assignment[] }> {
    yield { assignmentsChanged: this.#assignments };
    for await (const _change of EventEmitter.on(this.#changes, 'changed')) yield { assignmentsChanged: this.#assignments };
  }

  #mutations(): Record<string, object> {
    return {
      registerAgent: ({ input }: { input: RegisterAgentInput }, { secret }: { secret: string }) => this.#register(input, secret),
      describeAgent: ({ input }: { input: RegisterAgentInput }) => {
        this.descriptions.push(input);
        this.emit('described');
        return { id: input.installId, name: input.name };
      },
      heartbeat: ({ input }: { input: HeartbeatInput }) => {
        this.heartbeats.push(input);
        this.emit('heartbeat');
        return { receivedAt: this.#now(), serverTime: this.#now(), heartbeatSeconds: this.behaviour.heartbeatSeconds };
      },
      submitResults: ({ results }: { results: readonly TestResultInput[] }) => this.#submit(results),
    };
  }

  #register(input: RegisterAgentInput, token: string): object {
    if (!this.tokens.has(token)) throw new GraphQLError('not with this credential', { extensions: { code: 'FORBIDDEN' } });
    this.registrations.push(input);
    for (const [secret, installId] of this.secrets) if (installId === input.installId) this.secrets.delete(secret);
    const secret = `ssg_${randomUUID()}`;
    this.secrets.set(secret, input.installId);
    if (this.behaviour.lostRegistrations > 0) {
      this.behaviour.lostRegistrations -= 1;
      this.cut();
    }
    this.emit('registered');
    return { secret, agent: { id: input.installId, name: input.name } };
  }

  #submit(results: readonly TestResultInput[]): SubmitReply {
    this.batches.push(results);
    try {
      const reply = this.behaviour.submit?.(results) ?? { accepted: results.map(({ id }) => id), rejected: [] };
      for (const result of results) if (reply.accepted.includes(result.id)) this.results.set(result.id, result);
      return reply;
    } finally {
      this.emit('submitted');
    }
  }
}
