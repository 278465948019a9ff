import type { EntityManager, FilterQuery, QueryOrderMap } from '../orm.js';
import { ArgsType, Field, Int, ObjectType, type ClassType } from 'type-graphql';
import { badUserInput } from '../errors.js';

const LARGEST_PAGE = 500;
const USUAL_PAGE = 50;

@ArgsType()
export class PageArgs {
  @Field(() => Int, { nullable: true, defaultValue: USUAL_PAGE, description: 'How many at most; up to 500.' })
  first?: number | null;

  @Field(() => String, { nullable: true, description: 'The cursor after which to go on.' })
  after?: string | null;
}

@ObjectType({ description: 'Where a page of a connection ends.' })
export class PageInfo {
  @Field(() => Boolean, { description: 'Whether more follow.' })
  hasNextPage!: boolean;

  @Field(() => String, { nullable: true, description: 'The cursor of the last one; give it as `after` for the next page.' })
  endCursor!: string | null;
}

/** A page as a service hands it to a resolver; `count` runs only when totalCount is selected, null where a total is dear. */
export interface Page<T> {
  readonly nodes: readonly T[];
  readonly hasNextPage: boolean;
  readonly cursorOf: (node: T) => string;
  readonly count: () => Promise<number | null>;
}

/** What a page is asked for: `key` is the opaque cursor's content, `limit` one more than `first`, to see whether more follow. */
export interface PageRequest {
  readonly first: number;
  readonly limit: number;
  readonly key: string | null;
}

const toCursor = (key: string): string => Buffer.from(key, 'utf8').toString('base64url');

/** Checks the arguments of a page. @throws ApiError BAD_USER_INPUT */
export function pageRequest({ first: wanted, after }: PageArgs): PageRequest {
  const first = wanted ?? USUAL_PAGE;
  if (first < 1 || first > LARGEST_PAGE) throw badUserInput({ path: 'first', message: `first must be 1 to ${LARGEST_PAGE}.` });
  if (after === undefined || after === null) return { first, limit: first + 1, key: null };
  const key = Buffer.from(after, 'base64url').toString('utf8');
  if (key === '' || toCursor(key) !== after) throw badUserInput({ path: 'after', message: 'after is not a cursor of this list.' });
  return { first, limit: first + 1, key };
}

/** Makes a page of up to `limit` rows that were read; `keyOf` gives what the cursor holds. */
export function makePage<T>(
  rows: readonly T[],
  request: PageRequest,
  keyOf: (row: T) => string,
  count: () => Promise<number | null>,
): Page<T> {
  return {
    nodes: rows.slice(0, request.first),
    hasNextPage: rows.length > request.first,
    cursorOf: (row) => toCursor(keyOf(row)),
    count,
  };
}

/** A page of entities whose ids are UUIDv7 (they sort by time), newest first. */
export async function pageById<T extends { id: string }>(
  em: EntityManager,
  entity: ClassType<T>,
  where: FilterQuery<T>,
  args: PageArgs,
): Promise<Page<T>> {
  const request = pageRequest(args);
  // By way of unknown: MikroORM's types do not see that every T has an id.
  const earlier = { id: { $lt: request.key } } as unknown as FilterQuery<T>;
  const newestFirst = { id: 'desc' } as unknown as QueryOrderMap<T>;
  const shown = request.key === null ? where : ({ $and: [where, earlier] } as FilterQuery<T>);
  const rows: T[] = await em.find(entity, shown, { orderBy: newestFirst, limit: request.limit });
  const count = () => em.count(entity, where);
  return makePage(rows, request, (row) => row.id, count);
}

/** The page of the connection classes below. */
export interface ConnectionOf<T> {
  readonly page: Page<T>;
}

/**
 * Makes the GraphQL types `XConnection` and `XEdge` of a node type.
 * A resolver returns `new XConnection(page)`; totalCount is worked out only when it is selected.
 */
export function connectionType<T extends object>(name: string, node: ClassType<T>): new (page: Page<T>) => ConnectionOf<T> {
  @ObjectType(`${name}Edge`, { description: `One ${name} of a list, with its cursor.` })
  class Edge {
    @Field(() => String, { description: 'Its place in the list, opaque.' })
    cursor!: string;

    @Field(() => node, { description: `The ${name} itself.` })
    node!: T;
  }

  @ObjectType(`${name}Connection`, { description: `A page of a list of ${name}, newest first.` })
  class Connection implements ConnectionOf<T> {
    constructor(readonly page: Page<T>) {}

    @Field(() => [Edge], { description: 'The page, with cursors.' })
    edges(): Edge[] {
      return this.page.nodes.map((each) => Object.assign(new Edge(), { cursor: this.page.cursorOf(each), node: each }));
    }

    @Field(() => [node], { description: 'The page, without cursors.' })
    nodes(): readonly T[] {
      return this.page.nodes;
    }

    @Field(() => PageInfo, { description: 'Whether more follow, and from where.' })
    pageInfo(): PageInfo {
      const last = this.page.nodes.at(-1);
      return { hasNextPage: this.page.hasNextPage, endCursor: last === undefined ? null : this.page.cursorOf(last) };
    }

    @Field(() => Int, { nullable: true, description: 'How many there are in all; null where that would be dear to count.' })
    totalCount(): Promise<number | null> {
      return this.page.count();
    }
  }
  return Connection;
}
