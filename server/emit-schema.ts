import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { lexicographicSortSchema, printSchema } from 'graphql';
import { packageRoot } from './config.js';
import { serverSchema } from './schema.js';

/** The schema as text, types and fields in the order of the alphabet, so that it changes only where the schema does. */
export async function schemaText(): Promise<string> {
  const head = '# Made from the classes in server/ by `npm run schema`. Do not edit: change the classes.\n\n';
  return `${head}${printSchema(lexicographicSortSchema(await serverSchema()))}\n`;
}

/** Where the emitted schema stands. */
export const SCHEMA_FILE = join(packageRoot(), 'schema.graphql');

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  await writeFile(SCHEMA_FILE, await schemaText());
}
