import { z } from 'zod';

/** Why a connection ended. */
export interface CloseReason {
  /** Close code of the WebSocket (RFC 6455, and graphql-ws's own from 4400 on); undefined where none came. */
  readonly code: number | undefined;
  readonly text: string;
}

/** Close codes by which the server refuses the credential: wrong or missing, and revoked. */
const REFUSED: ReadonlySet<number | undefined> = new Set([4401, 4403]);

/** Whether the connection ended since the server does not take the credential (any more). */
export function isRefusal({ code }: CloseReason): boolean {
  return REFUSED.has(code);
}

/** The server is not there, or not for this credential. */
export class ConnectionError extends Error {
  override readonly name = 'ConnectionError';

  constructor(readonly reason: CloseReason) {
    super(reason.code === undefined ? reason.text : `${reason.text} (close code ${reason.code})`);
  }
}

const extensionsSchema = z.object({
  code: z.string().optional(),
  retryAfterSeconds: z.number().optional(),
  fields: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
});

const errorSchema = z.object({ message: z.string(), extensions: extensionsSchema.optional() });

/** GraphQL answers with at least one error; the first says most. */
const errorsSchema = z.tuple([errorSchema], errorSchema);

/** The server's answer to a call was an error; `code` is that of the contract, or TIMEOUT, UNAVAILABLE where there was no answer. */
export class CallError extends Error {
  override readonly name = 'CallError';

  constructor(
    readonly code: string,
    message: string,
    /** How long to wait before another try, s, where the server says. */
    readonly retryAfterSeconds?: number,
  ) {
    super(message);
  }

  /** Makes one from GraphQL errors, or from whatever ended the call instead. */
  static from(cause: unknown): CallError {
    const parsed = errorsSchema.safeParse(cause);
    if (!parsed.success) return new CallError('UNAVAILABLE', 'the connection broke before the server answered');
    const [{ message, extensions }] = parsed.data;
    const fields = extensions?.fields?.map((field) => `${field.path}: ${field.message}`) ?? [];
    return new CallError(extensions?.code ?? 'INTERNAL_SERVER_ERROR', [message, ...fields].join('; '), extensions?.retryAfterSeconds);
  }
}
