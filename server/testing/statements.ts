import { AsyncLocalStorage } from 'node:async_hooks';
import { graphql } from 'graphql';
import { pino } from 'pino';
import type { Context } from '../context.js';
import { DEVELOPER } from '../identity.js';
import { serverSchema } from '../schema.js';
import type { TestApp } from './app.js';

/**
 * The SQL statements of one operation by an administrator, those of the mapper and those of the store. What the server does besides is not
 * counted: an operation is told by its asynchronous context. @throws Error when the answer has errors
 */
export async function statementsOf(app: TestApp, source: string, variableValues: Record<string, unknown>): Promise<string[]> {
  const operation = new AsyncLocalStorage<string[]>();
  const { orm, pubsub, services } = app;
  const { read } = services.store;
  const writer = orm.em.getConnection();
  // Entities are read by connections of their own, which the driver keeps to itself.
  const { replicas } = orm.em.getDriver() as unknown as { readonly replicas: readonly (typeof writer)[] };
  const connections = [writer, ...replicas].map((connection) => connection.getKnex());
  const note = ({ sql }: { sql: string }): void => void operation.getStore()?.push(sql);
  const counted = <Row>(sql: string, bindings?: readonly unknown[]): Promise<Row[]> => {
    note({ sql });
    return read(sql, bindings);
  };
  Object.assign(services.store, { read: Object.assign(counted, { dialect: read.dialect }) });
  for (const knex of connections) knex.on('query', note);
  const head = { identity: DEVELOPER, remoteAddress: '127.0.0.1', receivedAt: new Date(), log: pino({ level: 'silent' }) };
  const contextValue: Context = { ...head, services, pubsub, em: orm.em.fork() };
  const statements: string[] = [];
  try {
    const schema = await serverSchema();
    const { errors } = await operation.run(statements, () => graphql({ schema, source, variableValues, contextValue }));
    if (errors) throw new Error(errors.map(({ message }) => message).join('\n'));
    return statements;
  } finally {
    for (const knex of connections) knex.off('query', note);
    Object.assign(services.store, { read });
  }
}
