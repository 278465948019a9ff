import { createReadStream } from 'node:fs';
import { createGunzip } from 'node:zlib';
import { z } from 'zod';

/**
 * A backup of a PostgreSQL database: gzip of lines. The first is the header; then comes, for each table, a line of JSON that names it, its rows in
 * PostgreSQL's COPY text format (which has no line break in a row) and a line `\.`; the last line counts the rows of all. It has no statements: the tables
 * are made by the migrations that the header names.
 */
export const FORMAT = 'streamswarm-postgres-backup';
export const VERSION = 1;
export const END_OF_ROWS = '\\.';

const headerLine = z.object({
  format: z.literal(FORMAT),
  version: z.number(),
  madeAt: z.string(),
  migrations: z.array(z.string()),
  settingsKey: z.object({ key: z.string().nullable(), id: z.string() }),
});
const tableLine = z.object({ table: z.string(), columns: z.array(z.string()), partitions: z.record(z.string(), z.string()) });
const endLine = z.object({ rows: z.record(z.string(), z.number()), sequences: z.record(z.string(), z.string()) });

export type BackupHeader = z.output<typeof headerLine>;
export type BackupEnd = z.output<typeof endLine>;

/** What is done with a backup as it is read. */
export interface BackupVisitor {
  header(header: BackupHeader): Promise<void> | void;
  /** Must read `rows` to their end. */
  table(table: z.output<typeof tableLine>, rows: AsyncIterable<Buffer>): Promise<void>;
}

/** Reads a backup from its beginning to its end, which is returned. @throws Error where it is none, is cut off, or lacks rows */
export async function readBackup(file: string, visitor: BackupVisitor): Promise<BackupEnd> {
  const input = createReadStream(file);
  const unzipped = input.pipe(createGunzip());
  input.once('error', (error) => unzipped.destroy(error));
  const lines = linesOf(unzipped);
  try {
    const first = await lines.next().catch((error: unknown) => refuse(file, error as NodeJS.ErrnoException));
    await visitor.header(headerOf(first.value, file));
    return await readTables(lines, visitor, file);
  } finally {
    input.destroy();
    unzipped.destroy();
  }
}

/** Reads rows to their end, for nothing. */
export async function passOver(rows: AsyncIterable<Buffer>): Promise<void> {
  for await (const _row of rows) continue;
}

function refuse(file: string, error: NodeJS.ErrnoException): never {
  if (error.code === 'ENOENT') throw new Error(`There is no file ${file}.`);
  if (error.message !== 'incorrect header check') throw new Error(`${file} is damaged: ${error.message}`, { cause: error });
  throw new Error(
    `${file} is no backup of a PostgreSQL database by "streamswarm backup" (a dump of pg_dump is for pg_restore): ${error.message}`,
  );
}

function headerOf(line: Buffer | undefined, file: string): BackupHeader {
  const parsed = headerLine.safeParse(jsonOf(line));
  if (!parsed.success) throw new Error(`${file} is no backup of a PostgreSQL database by "streamswarm backup": its first line is another.`);
  if (parsed.data.version > VERSION) throw new Error(`${file} is of a newer version: upgrade StreamSwarm first.`);
  return parsed.data;
}

async function readTables(lines: AsyncIterator<Buffer>, visitor: BackupVisitor, file: string): Promise<BackupEnd> {
  const counted: Record<string, number> = {};
  try {
    for (;;) {
      const { value, done } = await lines.next();
      if (done === true) throw new Error('it is cut off');
      const line = jsonOf(value);
      const last = endLine.safeParse(line);
      if (last.success) {
        requireCounts(last.data.rows, counted);
        return last.data;
      }
      const each = tableLine.parse(line);
      await visitor.table(
        each,
        rowsOf(lines, (count) => (counted[each.table] = count)),
      );
    }
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    // zlib's own, and those above; what PostgreSQL says has a code of its own.
    if (code === undefined || code.startsWith('Z_')) throw new Error(`${file} is damaged: ${(error as Error).message}`, { cause: error });
    throw error;
  }
}

function requireCounts(said: Readonly<Record<string, number>>, counted: Readonly<Record<string, number>>): void {
  for (const name of new Set([...Object.keys(said), ...Object.keys(counted)])) {
    if (said[name] !== counted[name]) throw new Error(`of ${name} it has ${counted[name] ?? 0} rows instead of ${said[name] ?? 0}`);
  }
}

async function* rowsOf(lines: AsyncIterator<Buffer>, ended: (count: number) => void): AsyncIterableIterator<Buffer> {
  for (let count = 0; ; count++) {
    const { value, done } = await lines.next();
    if (done === true) throw new Error('it is cut off');
    if (value.length === END_OF_ROWS.length + 1 && value.toString('latin1', 0, END_OF_ROWS.length) === END_OF_ROWS) return ended(count);
    yield value;
  }
}

function jsonOf(line: Buffer | undefined): unknown {
  try {
    return JSON.parse(line?.toString('utf8') ?? '');
  } catch {
    // Of another file's first bytes anything can be expected: the schema says what is missing.
    return undefined;
  }
}

/** The lines of a stream, each with its line break. */
async function* linesOf(stream: AsyncIterable<Buffer>): AsyncGenerator<Buffer, undefined> {
  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of stream) {
    const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    let from = 0;
    for (let at = bytes.indexOf(10); at >= 0; at = bytes.indexOf(10, from)) {
      yield bytes.subarray(from, at + 1);
      from = at + 1;
    }
    rest = bytes.subarray(from);
  }
  if (rest.length > 0) yield rest;
  return undefined;
}
