/** What went wrong under the fuzzer: kinds of fault with an example each. */
export class Verdict {
  readonly faults = new Map<string, string>();
  readonly codes = new Map<string, number>();

  /** Counts one fault; the first example of each kind is kept. */
  fault(kind: string, example: unknown): void {
    if (!this.faults.has(kind)) this.faults.set(kind, JSON.stringify(example)?.slice(0, 3000) ?? String(example));
  }

  /** Judges a GraphQL answer: its shape, and that each error has a code of the contract, none of them ours. */
  judge(answer: unknown, sent: unknown): void {
    const { data, errors } = (typeof answer === 'object' && answer !== null ? answer : {}) as { data?: unknown; errors?: unknown };
    if (data === undefined && errors === undefined) return this.fault('an answer that is none', { answer, sent });
    if (errors === undefined) return this.count('data');
    this.judgeErrors(errors, sent);
  }

  /** Judges a list of errors. */
  judgeErrors(errors: unknown, sent: unknown): void {
    if (!Array.isArray(errors) || errors.length === 0) return this.fault('errors that are no list', { errors, sent });
    for (const error of errors as readonly { message?: unknown; extensions?: { code?: unknown } }[]) {
      const code = String(error.extensions?.code);
      this.count(code);
      if (!CODES.has(code)) this.fault(`the code ${code}`, { error, sent });
      if (code === 'INTERNAL_SERVER_ERROR') this.fault(`internal: ${String(error.message).slice(0, 30)}`, { error, sent });
      if (typeof error.message !== 'string' || LEAKS.test(error.message)) this.fault('a message that tells too much', { error, sent });
    }
  }

  /** Counts a file that came whole. */
  file(): void {
    this.count('file');
  }

  private count(code: string): void {
    this.codes.set(code, (this.codes.get(code) ?? 0) + 1);
  }
}

const CODES: ReadonlySet<string> = new Set([
  ...['UNAUTHENTICATED', 'FORBIDDEN', 'NOT_FOUND', 'BAD_USER_INPUT', 'CONFLICT', 'RATE_LIMITED', 'QUERY_TOO_COMPLEX', 'UPGRADE_REQUIRED'],
  ...['GRAPHQL_PARSE_FAILED', 'GRAPHQL_VALIDATION_FAILED', 'INTERNAL_SERVER_ERROR'],
]);

const LEAKS = /node_modules|SQLITE_|\bat \S+ \(|syntax error at or near|relation ".*" does not exist/;
