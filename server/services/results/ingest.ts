import type { Logger } from 'pino';
import type { ServerPubSub } from '../../pubsub.js';
import { Batcher } from '../batcher.js';
import { Paced } from '../paced.js';
import { recordPaths, type RecordedChange } from '../paths/recorder.js';
import type { Retries } from '../store/retries.js';
import type { RunSql, Store } from '../store/store.js';
import { acceptedMs, type RetentionSettings } from '../retention/limits.js';
import { checkResult } from './check.js';
import { FreshResults } from './fresh.js';
import { reject, type Rejection, type ResultInput } from './input.js';
import { MetricSets } from './intern.js';
import type { ResultForms } from './result-forms.js';
import type { Partitions } from './partitions.js';
import { Placement, type Sent, type Verdict } from './placement.js';
import type { StoredResult } from './stored-result.js';
import { nextStatus, writeResults, type Placed } from './writer.js';

/** The answer to a submission: what is committed, and what never will be. */
export interface SubmitOutcome {
  readonly accepted: string[];
  readonly rejected: Rejection[];
}

/** A test of thousands of agents changes with the first result of each: who hears of its changes reads it anew each time, ms. */
const NEWS_REST_MS = 250;

interface Submission {
  readonly sent: readonly Sent[];
  readonly outcome: SubmitOutcome;
}

/** What became of a group of submissions in the database. */
interface Stored {
  readonly verdicts: readonly { readonly outcome: SubmitOutcome; readonly verdicts: readonly { sent: Sent; verdict: Verdict }[] }[];
  readonly placed: readonly Placed[];
  readonly stored: readonly StoredResult[];
  readonly pathChanges: readonly RecordedChange[];
}

/** What ingest works with. */
interface IngestDeps {
  readonly store: Store;
  readonly pubsub: ServerPubSub;
  readonly log: Logger;
  readonly forms: ResultForms;
  readonly metricSets: MetricSets;
  readonly partitions: Partitions;
  readonly retries: Retries;
  readonly settings: RetentionSettings;
}

/**
 * Takes results in. Submissions that arrive while a transaction runs share the next one (group commit), and each is answered
 * only when what it brought is on the disk.
 */
export class IngestService {
  /** What was committed last. */
  readonly fresh = new FreshResults();
  private readonly batcher = new Batcher<Submission>((group) => this.commitSafely(group));

  private readonly changed = new Paced<string>((testId) => this.deps.pubsub.publish('testChanged', { testId }), NEWS_REST_MS);

  constructor(private readonly deps: IngestDeps) {}

  /** Checks each result by itself, stores the good ones, and resolves when they are committed. Never rejects: trouble of ours is UNAVAILABLE. */
  submit(agentId: string, results: readonly ResultInput[]): Promise<SubmitOutcome> {
    const context = { now: Date.now(), retentionMs: acceptedMs(this.deps.settings) };
    const outcome: SubmitOutcome = { accepted: [], rejected: [] };
    const sent: Sent[] = [];
    for (const result of results) {
      const rejection = checkResult(result, context);
      if (rejection) outcome.rejected.push(rejection);
      else sent.push({ agentId, result });
    }
    if (sent.length === 0) return Promise.resolve(outcome);
    return this.batcher.add({ sent, outcome }).then(() => outcome);
  }

  /** Submissions that wait for the commit after this one. */
  get waiting(): number {
    return this.batcher.size;
  }

  /** Resolves when nothing is under way, and all is told. */
  async idle(): Promise<void> {
    await this.batcher.idle();
    this.changed.flush();
  }

  private async commitSafely(group: readonly Submission[]): Promise<void> {
    try {
      await this.commit(group);
    } catch (error) {
      this.forget();
      this.deps.log.error({ reason: endOf(error) }, 'results could not be stored');
      for (const { sent, outcome } of group) {
        outcome.rejected.push(
          ...sent.map(({ result }) => reject(result.id, 'UNAVAILABLE', 'The server could not store it; send it again later.')),
        );
      }
    }
  }

  private async commit(group: readonly Submission[]): Promise<void> {
    const { store, partitions, pubsub, retries } = this.deps;
    const moments = group.flatMap(({ sent }) => sent.map(({ result }) => result.startedAt.getTime()));
    // The same id from two agents at once is in nobody's sight until one of them is stored.
    let attempts = 0;
    const attempt = (sql: RunSql): Promise<Stored> => {
      // What the attempt before stored is not there.
      if (attempts++ > 0) this.forget();
      return this.storeGroup(sql, group);
    };
    const judged = await partitions.holding(moments, () => retries.again(() => store.write(attempt), { unique: true }));
    for (const { outcome, verdicts } of judged.verdicts) {
      for (const { sent, verdict } of verdicts) {
        if ('rejection' in verdict) outcome.rejected.push(verdict.rejection);
        else outcome.accepted.push(sent.result.id);
      }
    }
    this.fresh.add(judged.stored);
    this.publish(judged.placed);
    for (const change of judged.pathChanges) pubsub.publish('pathChanged', change);
  }

  private forget(): void {
    this.deps.forms.runs.forget();
    this.deps.forms.details.forget();
  }

  /** Judges and stores, inside a transaction. Changes nothing outside of it: it may have to be done again. */
  private async storeGroup(sql: RunSql, group: readonly Submission[]): Promise<Stored> {
    const { forms, metricSets } = this.deps;
    const placement = await Placement.of(
      sql,
      metricSets,
      group.flatMap(({ sent }) => sent),
    );
    const verdicts = group.map(({ sent, outcome }) => ({
      outcome,
      verdicts: sent.map((one) => ({ sent: one, verdict: placement.judge(one) })),
    }));
    const placed = verdicts.flatMap((each) =>
      each.verdicts.flatMap(({ sent, verdict }) => ('place' in verdict ? [{ sent, place: verdict.place }] : [])),
    );
    const stored = placed.length > 0 ? await writeResults(sql, forms, placed, Date.now()) : [];
    return { verdicts, placed, stored, pathChanges: await recordPaths(sql, placed) };
  }

  private publish(placed: readonly Placed[]): void {
    for (const { sent, place } of placed) {
      this.deps.pubsub.publish('resultAdded', { resultId: sent.result.id, testId: place.testId, agentId: place.agentId });
      if (place.inSession && nextStatus(place) !== null) this.changed.tell(place.testId);
    }
  }
}

/** knex puts the whole statement, results included, before what the database said: only the end goes into the log. */
function endOf(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).slice(-300);
}
