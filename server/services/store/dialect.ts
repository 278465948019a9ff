import type { EntityManager } from '../../orm.js';

/** Types of columns that a list of rows is handed over with. */
export type ColumnType = 'bigint' | 'integer' | 'double' | 'text';

/** The few places where the SQL of the two databases has another spelling. */
export interface Dialect {
  readonly kind: 'sqlite' | 'postgres';
  /** A table made from one JSON binding: a list of lists, one a row, in the order of the columns. `rows({ id: 'bigint' })` is put behind `from`. */
  rows(columns: Readonly<Record<string, ColumnType>>): string;
  /** The same from a list of plain values: one column, called `value`. */
  values(type: ColumnType): string;
  /** The larger, the smaller of two. */
  greatest(one: string, other: string): string;
  /** A subquery's single column as one JSON text. */
  jsonList(expression: string): string;
  /** From the 32 hex digits of an id to what the column holds, and back. */
  idFromHex(expression: string): string;
  hexFromId(expression: string): string;
  /** Joins, for each row of what stands before, the rows that a query gives (`from … limit …`) which may name columns of that row. */
  joinEach(table: string, alias: string, key: string, query: string): string;
  /**
   * Joins, for each row of what stands before, the rows of a table that meet a condition, which may name columns of that row. They are looked up row by row, by
   * an index that serves the condition, however many rows a planner takes the list before it to have: it would rather read the whole table once.
   */
  lookUp(table: string, alias: string, condition: string): string;
  /** A column that holds a moment, as ms since 1970. */
  millis(column: string): string;
  /** From ms since 1970 to what a column that holds a moment takes; from a JSON text to what a column of JSON takes. */
  moment(expression: string): string;
  json(expression: string): string;
  /** Put behind a query: its rows of this table stay locked until the transaction ends, so that others who want them wait. */
  lock(table: string): string;
  /** A hash as hex digits, to what the column holds. */
  bytesFromHex(expression: string): string;
}

export const SQLITE: Dialect = {
  kind: 'sqlite',
  rows: (columns) =>
    `(select ${Object.keys(columns)
      .map((name, index) => `value->>${index} as "${name}"`)
      .join(', ')} from json_each(?))`,
  values: () => '(select value from json_each(?))',
  greatest: (one, other) => `max(${one}, ${other})`,
  jsonList: (expression) => `json_group_array(${expression})`,
  idFromHex: (expression) => `unhex(${expression})`,
  hexFromId: (expression) => `lower(hex(${expression}))`,
  joinEach: (table, alias, key, query) => `join ${table} ${alias} on ${alias}.${key} in (select ${key} ${query})`,
  lookUp: (table, alias, condition) => `cross join ${table} ${alias} on ${condition}`,
  millis: (column) => column,
  moment: (expression) => expression,
  json: (expression) => expression,
  // One writer: nobody else is there.
  lock: () => '',
  bytesFromHex: (expression) => `unhex(${expression})`,
};

const POSTGRES_TYPES: Readonly<Record<ColumnType, string>> = {
  bigint: 'bigint',
  integer: 'integer',
  double: 'double precision',
  text: 'text',
};

export const POSTGRES: Dialect = {
  kind: 'postgres',
  rows: (columns) => {
    const list = Object.entries(columns).map(([name, type], index) => `(value->>${index})::${POSTGRES_TYPES[type]} as "${name}"`);
    return `(select ${list.join(', ')} from jsonb_array_elements(?::jsonb))`;
  },
  values: (type) => `(select value::${POSTGRES_TYPES[type]} as value from jsonb_array_elements_text(?::jsonb))`,
  greatest: (one, other) => `greatest(${one}, ${other})`,
  jsonList: (expression) => `coalesce(json_agg(${expression}), '[]')::text`,
  idFromHex: (expression) => `(${expression})::text::uuid`,
  hexFromId: (expression) => `replace((${expression})::text, '-', '')`,
  joinEach: (_table, alias, _key, query) => `cross join lateral (select * ${query}) ${alias}`,
  // With an offset it is no join that the planner may make in another way.
  lookUp: (table, alias, condition) => `cross join lateral (select ${alias}.* from ${table} ${alias} where ${condition} offset 0) ${alias}`,
  millis: (column) => `(extract(epoch from ${column}) * 1000)::bigint`,
  moment: (expression) => `to_timestamp((${expression}) / 1000.0)`,
  json: (expression) => `(${expression})::jsonb`,
  lock: (table) => `for update of ${table}`,
  bytesFromHex: (expression) => `decode(${expression}, 'hex')`,
};

/** The dialect that an entity manager's database speaks. */
export function dialectOf(em: EntityManager): Dialect {
  return em.getPlatform().constructor.name.startsWith('Postgre') ? POSTGRES : SQLITE;
}
