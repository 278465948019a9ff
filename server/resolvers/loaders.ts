import type { EntityManager } from '../orm.js';
import DataLoader from 'dataloader';
import type { Context } from '../context.js';
import { Agent } from '../entities/agent.js';
import { TestAssignment } from '../entities/test-assignment.js';
import type { Path } from '../entities/path.js';
import { Target } from '../entities/target.js';
import { Test } from '../entities/test.js';
import { User } from '../entities/user.js';
import type { PageOf, SessionCounts } from '../services/tests/relations.js';
import type { unpackDetails } from '../services/results/codec.js';
import type { RunHead } from '../services/results/codec.js';
import type { PageQuery } from '../services/results/page-query.js';
import type { StoredResult } from '../services/results/stored-result.js';
import { byKeys, type EntityClass } from '../services/by-keys.js';
import { groupedBy } from '../services/lists.js';
import type { Store } from '../services/store.js';

/** What relations load through: however many results name an agent, an operation reads it once. */
export interface Loaders {
  readonly agent: DataLoader<string, Agent>;
  readonly target: DataLoader<string, Target>;
  readonly test: DataLoader<string, Test>;
  readonly user: DataLoader<string, User>;
  /** By row number. */
  readonly result: DataLoader<number, StoredResult | undefined>;
  /** By id. */
  readonly resultById: DataLoader<string, StoredResult | undefined>;
  /** By id; undefined where it is gone. */
  readonly path: DataLoader<string, Path | undefined>;
  /** The runs of a result, without flow and details. */
  readonly runs: DataLoader<StoredResult, RunHead[]>;
  /** Agents that a token registered and that were not deleted, by the token's id. */
  readonly tokenAgents: DataLoader<string, Agent[]>;
  /** By row number. */
  readonly assignment: DataLoader<number, TestAssignment>;
  /** Row numbers of a test's assignments. */
  readonly assignmentPage: DataLoader<PageOf<number>, number[]>;
  readonly assignmentCount: DataLoader<string, number>;
  /** A page of a test's results. */
  readonly resultPage: DataLoader<ResultsOf, StoredResult[]>;
  /** How many results a test has; null where times filter. */
  readonly resultCount: DataLoader<ResultsOf, number | null>;
  /** Ids of an agent's tests. */
  readonly testPage: DataLoader<PageOf<string>, string[]>;
  readonly testCount: DataLoader<string, number>;
  /** How many children a test has, by its id. */
  readonly childCount: DataLoader<string, number>;
  /** Ids of all that a test's agents measure, by the test's id. */
  readonly assignedTargets: DataLoader<string, string[]>;
  readonly session: DataLoader<string, SessionCounts>;
  /** Flow and details of a result's runs, by row number. */
  readonly details: DataLoader<number, ReturnType<typeof unpackDetails>>;
}

/** Which results of which test. */
export interface ResultsOf {
  readonly testId: string;
  readonly query: PageQuery;
}

/** Read together, never remembered: a mutation may change them between two of its fields. */
const FRESH = { cache: false } as const;

const known = new WeakMap<EntityManager, Loaders>();

/** The loaders of this operation. */
export function loadersOf({ em, services }: Context): Loaders {
  const before = known.get(em);
  if (before) return before;
  const { relations } = services;
  const loaders: Loaders = {
    agent: byId(services.store, em, Agent),
    target: byId(services.store, em, Target),
    test: byId(services.store, em, Test),
    user: byId(services.store, em, User),
    result: new DataLoader((seqs) => services.results.bySeq(seqs)),
    resultById: new DataLoader((ids) => services.results.byIds(ids)),
    path: new DataLoader((ids) => services.paths.byIds(ids)),
    runs: new DataLoader((stored) => services.results.runs(stored)),
    tokenAgents: new DataLoader((ids) => agentsOfTokens(em, ids)),
    assignment: byId(services.store, em, TestAssignment),
    assignmentPage: new DataLoader((pages) => relations.assignmentPages(pages), FRESH),
    assignmentCount: new DataLoader((ids) => relations.assignmentCounts(ids), FRESH),
    resultPage: new DataLoader((asked) => alike(asked, (ids, query) => services.results.pages(ids, query)), FRESH),
    resultCount: new DataLoader((asked) => alike(asked, (ids, { filter }) => services.results.counts(ids, filter)), FRESH),
    testPage: new DataLoader((pages) => relations.testPages(pages), FRESH),
    testCount: new DataLoader((ids) => relations.testCounts(ids), FRESH),
    childCount: new DataLoader((ids) => relations.childCounts(ids), FRESH),
    assignedTargets: new DataLoader((ids) => relations.targets(ids), FRESH),
    session: new DataLoader((ids) => relations.sessions(ids), FRESH),
    details: new DataLoader((seqs) => services.results.details(seqs)),
  };
  known.set(em, loaders);
  return loaders;
}

/** Tests of which the same is asked for share what is read; an operation seldom asks for two kinds. */
async function alike<T>(
  asked: readonly ResultsOf[],
  read: (testIds: readonly string[], query: PageQuery) => Promise<readonly T[]>,
): Promise<T[]> {
  const found = new Map<ResultsOf, T>();
  for (const group of groupedBy(asked, ({ query }) => JSON.stringify(query)).values()) {
    const ids = group.map(({ testId }) => testId);
    (await read(ids, (group[0] as ResultsOf).query)).forEach((each, index) => found.set(group[index] as ResultsOf, each));
  }
  return asked.map((each) => found.get(each) as T);
}

async function agentsOfTokens(em: EntityManager, tokenIds: readonly string[]): Promise<Agent[][]> {
  const agents = await em.find(Agent, { token: { $in: [...tokenIds] }, deletedAt: null }, { orderBy: { id: 'desc' } });
  return tokenIds.map((id) => agents.filter(({ token }) => token?.id === id));
}

/** Soft-deleted ones resolve too: what they left behind still names them. */
function byId<T extends { readonly id: string | number }>(store: Store, em: EntityManager, entity: EntityClass<T>): DataLoader<T['id'], T> {
  return new DataLoader(async (ids: readonly T['id'][]) => {
    const found = new Map((await byKeys(store, em, entity, ids)).map((row) => [row.id, row]));
    return ids.map((id) => found.get(id) ?? new Error(`${entity.name} ${id} is not in the database`));
  });
}
