import { groupedBy } from '../lists.js';
import type { Store } from '../store.js';

/** A page of what belongs to one of many: up to `limit` of each, newest first, after `after`. */
export interface PageOf<K> {
  readonly ownerId: string;
  readonly limit: number;
  readonly after: K | null;
}

/** What a test's assignments that are not ended add up to, without those that are UNSUPPORTED. */
export interface SessionCounts {
  readonly able: number;
  readonly received: number;
}

interface Numbered<K> {
  readonly owner: string;
  readonly id: K;
}

/** Reads what belongs to many tests or agents at once: a page of a hundred takes as many statements as one. */
export class TestRelations {
  constructor(private readonly store: Store) {}

  /** Ids of each test's assignments that are not ended. */
  assignmentPages(pages: readonly PageOf<number>[]): Promise<number[][]> {
    return this.pages(
      pages,
      (after, owners) =>
        `select test_id as owner, id from assignment where ended_at is null and test_id in (${owners}) ${after ? 'and id < ?' : ''}`,
    );
  }

  /** How many assignments that are not ended each test has. */
  assignmentCounts(testIds: readonly string[]): Promise<number[]> {
    const query = `select test_id as owner, count(*) as n from assignment where ended_at is null and test_id in (${listOf(testIds)}) group by test_id`;
    return this.counts(query, testIds);
  }

  /** How many tests were made for sessions of each test, without those that were deleted. */
  childCounts(testIds: readonly string[]): Promise<number[]> {
    const query = `select parent_id as owner, count(*) as n from test where deleted_at is null and parent_id in (${listOf(testIds)}) group by parent_id`;
    return this.counts(query, testIds);
  }

  /** Ids of the tests that each agent has assignments of, that are not ended. */
  testPages(pages: readonly PageOf<string>[]): Promise<string[][]> {
    return this.pages(pages, (after, owners) => `${testsOf(owners)} ${after ? 'and t.id < ?' : ''}`);
  }

  /** How many tests each agent has assignments of, that are not ended. */
  testCounts(agentIds: readonly string[]): Promise<number[]> {
    return this.counts(`select owner, count(*) as n from (${testsOf(listOf(agentIds))}) x group by owner`, agentIds);
  }

  /** Ids of the targets of each test's assignments that are not ended. */
  async targets(testIds: readonly string[]): Promise<string[][]> {
    const query = `select distinct test_id as owner, target_id as id from assignment where ended_at is null and test_id in (${listOf(testIds)})`;
    return grouped(testIds, await this.store.read<Numbered<string>>(query, testIds));
  }

  /** The session's counters of each test. */
  async sessions(testIds: readonly string[]): Promise<SessionCounts[]> {
    const query = `select test_id as owner, count(*) as able, coalesce(sum(session_results), 0) as received from assignment
      where ended_at is null and status <> 'UNSUPPORTED' and test_id in (${listOf(testIds)}) group by test_id`;
    const rows = await this.store.read<SessionCounts & { owner: string }>(query, testIds);
    const found = new Map(rows.map(({ owner, able, received }) => [owner, { able: Number(able), received: Number(received) }]));
    return testIds.map((id) => found.get(id) ?? { able: 0, received: 0 });
  }

  /** Pages of the same size and place share a statement; an operation seldom asks for two kinds. */
  private async pages<K extends string | number>(
    pages: readonly PageOf<K>[],
    source: (after: boolean, owners: string) => string,
  ): Promise<K[][]> {
    const alike = groupedBy(pages, ({ limit, after }) => JSON.stringify([limit, after]));
    const found = new Map<PageOf<K>, K[]>();
    for (const group of alike.values()) {
      const { limit, after } = group[0] as PageOf<K>;
      const owners = group.map(({ ownerId }) => ownerId);
      const rows = source(after !== null, listOf(owners));
      const query = `select owner, id from (select owner, id, row_number() over (partition by owner order by id desc) as place from (${rows}) x) y
        where place <= ? order by id desc`;
      const read = await this.store.read<Numbered<K>>(query, [...owners, ...(after === null ? [] : [after]), limit]);
      grouped(owners, read).forEach((ids, index) => found.set(group[index] as PageOf<K>, ids));
    }
    return pages.map((page) => found.get(page) ?? []);
  }

  private async counts(query: string, ownerIds: readonly string[]): Promise<number[]> {
    const rows = await this.store.read<{ owner: string; n: number }>(query, ownerIds);
    const found = new Map(rows.map(({ owner, n }) => [owner, Number(n)]));
    return ownerIds.map((id) => found.get(id) ?? 0);
  }
}

function testsOf(owners: string): string {
  return `select distinct a.agent_id as owner, t.id from assignment a join test t on t.id = a.test_id
    where a.ended_at is null and t.deleted_at is null and a.agent_id in (${owners})`;
}

function listOf(ids: readonly unknown[]): string {
  return ids.map(() => '?').join(', ');
}

function grouped<K>(ownerIds: readonly string[], rows: readonly Numbered<K>[]): K[][] {
  const byOwner = new Map<string, K[]>(ownerIds.map((id) => [id, []]));
  for (const { owner, id } of rows) byOwner.get(owner)?.push(id);
  return ownerIds.map((id) => byOwner.get(id) ?? []);
}
