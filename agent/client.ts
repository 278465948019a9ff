import { z } from 'zod';
import { assignmentSchema, type Assignment } from './assignment.js';
import { Connection } from './server-link/connection.js';
import { CallError, type CloseReason } from './server-link/errors.js';
import * as documents from './server-link/documents.js';
import type { RegisterAgentInput } from './server-link/registration.js';

/** Time that the server gets for an answer before its connection counts as dead, ms. */
const ANSWER_MS = 20_000;

/** `HeartbeatInput` of the contract. */
export interface HeartbeatInput {
  readonly protocol: number;
  readonly sentAt: string;
  readonly spooledResults: number;
  readonly droppedResults: number;
  readonly clockOffsetMs: number | null;
  readonly clockErrorMs: number | null;
  readonly system: Readonly<Record<string, number>>;
  /** When results were started that are lost, since this was told last; left out where there are none. */
  readonly droppedTimes?: readonly { readonly from: string; readonly to: string }[];
}

const time = z.iso.datetime({ offset: true }).transform((text) => Date.parse(text));
const registered = z.object({ registerAgent: z.object({ secret: z.string().min(1), agent: z.object({ id: z.string().min(1) }) }) });
const beaten = z.object({ heartbeat: z.object({ receivedAt: time, serverTime: time, heartbeatSeconds: z.number().positive() }) });
const rejectedResult = z.object({ id: z.string(), code: z.string(), message: z.string(), retry: z.boolean() });
const submitted = z.object({ submitResults: z.object({ accepted: z.array(z.string()), rejected: z.array(rejectedResult) }) });
const assigned = z.object({ assignmentsChanged: z.array(z.unknown()) });

/** The server's answer to a heartbeat; times in ms since 1970. */
export type HeartbeatReply = z.output<typeof beaten>['heartbeat'];
/** What became of a batch of results. */
export type SubmitReply = z.output<typeof submitted>['submitResults'];

/** What the subscription to the agent's assignments tells. */
export interface AssignmentEvents {
  /** The whole set; `unreadable` tells of those that this agent does not understand. */
  changed(assignments: readonly Assignment[], unreadable: readonly string[]): void;
  ended(error: CallError | undefined): void;
}

/** The server as an agent knows it: the only place where the agent speaks GraphQL. One client is one connection. */
export class AgentClient {
  /** Whether the server takes a session along with results: an older one refuses them, and the first answer to `listen` tells which it is. */
  #takesSessions: Promise<boolean> = Promise.resolve(true);

  #takesDroppedTimes = true;

  private constructor(private readonly connection: Connection) {}

  /** Connects with an enrolment token or the agent's own secret. @throws ConnectionError */
  static async connect(url: string, secret: string): Promise<AgentClient> {
    return new AgentClient(await Connection.open(url, secret));
  }

  /** Settles when the connection has ended. */
  get closed(): Promise<CloseReason> {
    return this.connection.closed;
  }

  /** Registers this agent; the connection must carry an enrolment token. @throws CallError */
  async register(input: RegisterAgentInput): Promise<{ readonly agentId: string; readonly secret: string }> {
    const { agent, secret } = registered.parse(await this.connection.call(documents.REGISTER, { input }, ANSWER_MS)).registerAgent;
    return { agentId: agent.id, secret };
  }

  /** Tells the server what this agent has become. @throws CallError */
  async describe(input: RegisterAgentInput): Promise<void> {
    await this.connection.call(documents.DESCRIBE, { input }, ANSWER_MS);
  }

  /** Whether the server understands `droppedTimes`, as far as is known: an older one refuses them, and gets the heartbeat without. */
  get takesDroppedTimes(): boolean {
    return this.#takesDroppedTimes;
  }

  /** @throws CallError */
  async heartbeat(input: HeartbeatInput): Promise<HeartbeatReply> {
    const { droppedTimes, ...plain } = input;
    const beat = async (values: HeartbeatInput): Promise<HeartbeatReply> =>
      beaten.parse(await this.connection.call(documents.HEARTBEAT, { input: values }, ANSWER_MS)).heartbeat;
    if (!droppedTimes || !this.#takesDroppedTimes) return beat(plain);
    try {
      return await beat(input);
    } catch (error) {
      if (!(error instanceof CallError && /field "droppedTimes" is not defined/i.test(error.message))) throw error;
      this.#takesDroppedTimes = false;
      return beat(plain);
    }
  }

  /** Hands over results, each as JSON. @throws CallError when the batch as a whole was not taken */
  async submit(results: readonly string[]): Promise<SubmitReply> {
    const change = (await this.#takesSessions) ? {} : { sessionStartedAt: undefined };
    const variables = { results: results.map((json) => ({ ...(JSON.parse(json) as object), ...change })) };
    return submitted.parse(await this.connection.call(documents.SUBMIT, variables, ANSWER_MS)).submitResults;
  }

  /** Listens to what this agent shall measure: the whole set at once, and again at each change. */
  listen(events: AssignmentEvents): void {
    let told: (takesSessions: boolean) => void = () => undefined;
    this.#takesSessions = new Promise((resolve) => (told = resolve));
    const heard = (data: unknown): void => {
      told(true);
      const reply = assigned.safeParse(data);
      if (!reply.success) return events.ended(undefined);
      const parsed = reply.data.assignmentsChanged.map((each) => assignmentSchema.safeParse(each));
      const unreadable = parsed.flatMap(({ error }) => (error ? z.prettifyError(error) : []));
      events.changed(
        parsed.flatMap((each) => (each.success ? [each.data] : [])),
        unreadable,
      );
    };
    this.connection.listen(documents.ASSIGNMENTS, heard, (error) => {
      told(!lacksSessions(error));
      if (!lacksSessions(error)) return events.ended(error);
      this.connection.listen(documents.ASSIGNMENTS_WITHOUT_SESSIONS, heard, (later) => events.ended(later));
    });
  }

  close(): Promise<void> {
    return this.connection.close();
  }

  /** Ends the connection at once. */
  terminate(): void {
    this.connection.terminate();
  }
}

/** Whether a server refuses an operation since it is older than sessions: graphql-js names the field that it does not know. */
function lacksSessions(error: CallError | undefined): boolean {
  return /field "sessionStartedAt"/i.test(error?.message ?? '');
}
