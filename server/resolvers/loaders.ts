import type { EntityManager, FilterQuery } from '../orm.js';
import DataLoader from 'dataloader';
import type { ClassType } from 'type-graphql';
import type { Context } from '../context.js';
import { Agent } from '../entities/agent.js';
import { Target } from '../entities/target.js';
import { Test } from '../entities/test.js';
import { User } from '../entities/user.js';
import type { unpackDetails } from '../services/results/codec.js';
import type { StoredResult } from '../services/results/reader.js';

/** What relations load through: however many results name an agent, an operation reads it once. */
export interface Loaders {
  readonly agent: DataLoader<string, Agent>;
  readonly target: DataLoader<string, Target>;
  readonly test: DataLoader<string, Test>;
  readonly user: DataLoader<string, User>;
  /** By row number. */
  readonly result: DataLoader<number, StoredResult | undefined>;
  /** Flow and details of a result's runs, by row number. */
  readonly details: DataLoader<number, ReturnType<typeof unpackDetails>>;
}

const known = new WeakMap<EntityManager, Loaders>();

/** The loaders of this operation. */
export function loadersOf({ em, services }: Context): Loaders {
  const before = known.get(em);
  if (before) return before;
  const loaders: Loaders = {
    agent: byId(em, Agent),
    target: byId(em, Target),
    test: byId(em, Test),
    user: byId(em, User),
    result: new DataLoader((seqs) => services.results.bySeq(seqs)),
    details: new DataLoader((seqs) => services.results.details(seqs)),
  };
  known.set(em, loaders);
  return loaders;
}

/** Soft-deleted ones resolve too: what they left behind still names them. */
function byId<T extends { id: string }>(em: EntityManager, entity: ClassType<T>): DataLoader<string, T> {
  return new DataLoader(async (ids) => {
    const rows = (await em.find(entity, { id: { $in: [...ids] } } as unknown as FilterQuery<T>)) as T[];
    const found = new Map(rows.map((row) => [row.id, row]));
    return ids.map((id) => found.get(id) ?? new Error(`${entity.name} ${id} is not in the database`));
  });
}
