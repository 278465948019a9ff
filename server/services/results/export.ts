import type { Store } from '../store/store.js';
import { unpackNumbers } from './codec.js';
import type { MetricSets } from './intern.js';
import type { ResultReader } from './reader.js';
import type { ResultFilter, ResultKey, StoredResult } from './stored-result.js';

/** Results read at once. */
const PAGE = 500;

interface Pair {
  readonly agentId: string;
  readonly targetId: string;
  readonly agent: string;
  readonly target: string;
}

/** A result as it goes out. */
export interface ExportedResult {
  readonly result: StoredResult;
  /** Name of the agent, address of the target. */
  readonly agent: string;
  readonly target: string;
  readonly numbers: ReadonlyMap<string, number>;
}

/** Reads all results of a test for a file: page by page, so that neither memory nor a transaction grows with them. */
export class ResultExport {
  constructor(
    private readonly store: Store,
    private readonly metricSets: MetricSets,
    private readonly reader: ResultReader,
  ) {}

  /** Every metric that results of the test may have, in the order of its probes. */
  async metrics(testId: string): Promise<string[]> {
    const query = `select distinct m.metric_set as id from assignment a join assignment_metric_set m on m.assignment = a.id
      where a.test_id = ? order by m.metric_set`;
    const rows = await this.store.read<{ id: number }>(query, [testId]);
    const sets = await this.metricSets.all(
      this.store.read,
      rows.map(({ id }) => id),
    );
    return [...new Set([...sets.values()].flatMap(({ ids }) => ids))];
  }

  /** The results agent by agent and target by target, newest first. What comes in meanwhile is left out. */
  async *each(testId: string, filter: ResultFilter): AsyncGenerator<ExportedResult, void> {
    for (const pair of await this.pairs(testId, filter)) yield* this.ofPair(testId, pair, filter);
  }

  private async *ofPair(
    testId: string,
    { agentId, targetId, agent, target }: Pair,
    filter: ResultFilter,
  ): AsyncGenerator<ExportedResult, void> {
    let after: ResultKey | undefined;
    for (;;) {
      const page = await this.reader.page(testId, { ...filter, agentId, targetId }, PAGE, after);
      for (const result of page) yield { result, agent, target, numbers: unpackNumbers(result.numbers, result.set) };
      after = page.at(-1);
      if (page.length < PAGE) return;
    }
  }

  private async pairs(testId: string, { agentId, targetId }: ResultFilter): Promise<Pair[]> {
    const query = `select a.agent_id as "agentId", a.target_id as "targetId", g.name as agent, t.address as target
      from assignment a join agent g on g.id = a.agent_id join target t on t.id = a.target_id where a.test_id = ? order by a.id`;
    const rows = await this.store.read<Pair>(query, [testId]);
    return rows.filter((row) => (!agentId || row.agentId === agentId) && (!targetId || row.targetId === targetId));
  }
}
