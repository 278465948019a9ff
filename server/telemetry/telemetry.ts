import { getOperationAST, Kind, type ExecutionArgs, type ExecutionResult, type GraphQLError } from 'graphql';
import { Registry } from 'prom-client';
import { whenEnded } from '../event-stream.js';
import { codeOf } from '../format-error.js';
import { CODES } from './codes.js';
import { createInstruments, type Instruments } from './instruments.js';

/** How an operation came. */
export type Transport = 'http' | 'socket';

/** What one server counts of itself. Each app has its own, so that two in one process do not mix. */
export class Telemetry {
  readonly registry = new Registry();
  readonly count: Instruments = createInstruments(this.registry);

  /** Runs an operation, or one event of a subscription, and counts it. */
  async operation(transport: Transport, args: ExecutionArgs, run: () => Promise<ExecutionResult>): Promise<ExecutionResult> {
    const kind = getOperationAST(args.document, args.operationName)?.operation ?? 'query';
    const end = this.count.operationSeconds.startTimer({ kind, transport });
    const result = await run();
    end();
    this.count.operations.inc({ kind, transport, outcome: outcomeOf(result) });
    return result;
  }

  /** Counts an operation that is not executed. */
  refused(transport: Transport, error: GraphQLError): void {
    this.count.refused.inc({ transport, code: codeOf(error) });
  }

  /** Counts a subscription as long as its events last; passes through what is none. */
  subscription<T>(args: ExecutionArgs, events: AsyncIterableIterator<T> | ExecutionResult): AsyncIterableIterator<T> | ExecutionResult {
    if (!(Symbol.asyncIterator in events)) return events;
    const selection = getOperationAST(args.document, args.operationName)?.selectionSet.selections.find(({ kind }) => kind === Kind.FIELD);
    const field = selection?.kind === Kind.FIELD ? selection.name.value : 'a fragment';
    this.count.subscriptions.inc({ field });
    return whenEnded(events, () => this.count.subscriptions.dec({ field }));
  }

  /** Runs periodic work and counts it. @throws whatever the work throws */
  async periodicWork<T>(work: string, run: () => Promise<T>): Promise<T> {
    const end = this.count.periodic.startTimer({ work });
    try {
      const done = await run();
      end({ outcome: 'ok' });
      return done;
    } catch (error) {
      end({ outcome: 'failed' });
      throw error;
    }
  }
}

function outcomeOf({ errors }: ExecutionResult): string {
  const [first] = errors ?? [];
  if (!first) return 'ok';
  const code: unknown = (first.originalError as { extensions?: { code?: unknown } } | undefined)?.extensions?.code ?? first.extensions.code;
  return typeof code === 'string' && CODES.has(code) ? code : 'INTERNAL_SERVER_ERROR';
}
