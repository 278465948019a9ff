/** Text literals, quoted names and comments of SQL, which hold no placeholders; and placeholders, with or without a number. */
const TOKENS = /'(?:[^']|'')*'|"(?:[^"]|"")*"|--[^\n]*|\?(\d*)/g;

/** SQL with `?` or `?1` as PostgreSQL writes it: `$1`. */
export function numberedPlaceholders(sql: string): string {
  let next = 0;
  return sql.replace(TOKENS, (token: string, number: string | undefined) => {
    if (!token.startsWith('?')) return token;
    next += 1;
    return `$${number === undefined || number === '' ? next : number}`;
  });
}

/** SQL with `?` or `?1` as MikroORM takes it: `?` alone, each with a value of its own. */
export function withoutNumbers(sql: string, bindings: readonly unknown[]): { text: string; values: unknown[] } {
  const values: unknown[] = [];
  let next = 0;
  const text = sql.replace(TOKENS, (token: string, number: string | undefined) => {
    if (!token.startsWith('?')) return token;
    next += 1;
    values.push(bindings[(number === undefined || number === '' ? next : Number(number)) - 1]);
    return '?';
  });
  return { text, values };
}
