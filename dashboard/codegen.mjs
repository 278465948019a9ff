// @ts-check
/** Makes dashboard/graphql/generated.ts: the types of schema.graphql and of every document in dashboard/graphql/. `node dashboard/codegen.mjs [SCHEMA]` */
import { readFile, readdir, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { codegen } from '@graphql-codegen/core';
import * as typedDocumentNode from '@graphql-codegen/typed-document-node';
import * as typescript from '@graphql-codegen/typescript';
import * as operations from '@graphql-codegen/typescript-operations';
import { buildSchema, parse, printSchema } from 'graphql';

const FOLDER = new URL('./graphql/', import.meta.url);
const OUTPUT = fileURLToPath(new URL('generated.ts', FOLDER));
const HEADER = '/* Made by dashboard/codegen.mjs from schema.graphql and the documents beside this file: change those. */';

const config = {
  enumsAsTypes: true,
  skipTypename: true,
  useTypeImports: true,
  strictScalars: true,
  scalars: { DateTime: 'string', JSON: 'unknown', MetricMap: 'Record<string, number>' },
};

/** Every operation and fragment of the dashboard, with the file that it stands in. */
async function readDocuments() {
  const names = (await readdir(FOLDER)).filter((name) => name.endsWith('.graphql')).sort();
  return Promise.all(names.map(async (name) => ({ location: name, document: parse(await readFile(new URL(name, FOLDER), 'utf8')) })));
}

const schema = buildSchema(await readFile(process.argv[2] ?? new URL('../schema.graphql', import.meta.url), 'utf8'));
const code = await codegen({
  filename: OUTPUT,
  schema: parse(printSchema(schema)),
  schemaAst: schema,
  documents: await readDocuments(),
  config,
  plugins: [{ typescript: {} }, { operations: {} }, { typedDocumentNode: {} }],
  pluginMap: { typescript, operations, typedDocumentNode },
});
await writeFile(OUTPUT, `${HEADER}\n${code}`);
