import type { AddressInfo } from 'node:net';
import type { MikroORM } from '@mikro-orm/sqlite';
import type { FastifyInstance } from 'fastify';
import type { Logger } from 'pino';
import type { ServerConfig } from './config.js';
import { openDatabase } from './db.js';
import { createHttpServer } from './http.js';
import { createLogger } from './logger.js';
import type { Core } from './operations.js';
import { createServerPubSub, type ServerPubSub } from './pubsub.js';
import { serverSchema } from './schema.js';
import { createServices, type Services } from './services/index.js';
import { serveSockets } from './sockets.js';

/** A running server. */
export interface App {
  /** Where browsers and agents find it: the public address where one is configured. */
  readonly url: string;
  readonly port: number;
  /** The link that creates the first administrator; null once one exists. */
  readonly setupUrl: string | null;
  readonly orm: MikroORM;
  readonly services: Services;
  readonly pubsub: ServerPubSub;
  /** Makes an enrolment token for one agent, for the local agent of `streamswarm up`. */
  createLocalEnrollment(name: string): Promise<string>;
  /** Stops accepting, finishes what is under way, closes sockets (1001) and the database. A second call waits for the first. */
  close(): Promise<void>;
}

/**
 * Starts a server: opens and migrates its database, then listens.
 *
 * @throws Error when the database cannot be opened or the port is taken; nothing stays open then.
 */
export async function createApp(config: ServerConfig, log: Logger = createLogger(config.logLevel)): Promise<App> {
  const orm = await openDatabase(config.data, log);
  try {
    return await startApp(config, log, orm);
  } catch (error) {
    await orm.close(true);
    throw error;
  }
}

async function startApp(config: ServerConfig, log: Logger, orm: MikroORM): Promise<App> {
  const pubsub = createServerPubSub();
  const services = createServices({ orm, config, pubsub, log });
  const core: Core = { config, orm, schema: await serverSchema(), services, pubsub, log };
  let closing: Promise<void> | undefined;
  const { fastify, apollo } = await createHttpServer(core, async () => closing === undefined && orm.isConnected());
  const sockets = serveSockets(core, fastify.server);
  const close = async (): Promise<void> => {
    await sockets.close();
    await fastify.close();
    await apollo.stop();
    await services.stop();
    await orm.close(true);
  };
  try {
    await services.start();
    await fastify.listen({ host: config.host, port: config.port });
  } catch (error) {
    await close();
    throw error;
  }
  const port = portOf(fastify);
  return {
    url: config.publicUrl ?? addressFor(config.host, port),
    port,
    setupUrl: null,
    orm,
    services,
    pubsub,
    createLocalEnrollment: () => Promise.reject(new Error('not yet')),
    close: () => (closing ??= close()),
  };
}

function portOf(fastify: FastifyInstance): number {
  return (fastify.server.address() as AddressInfo).port;
}

/** An address that works on this host, also where the server listens on all of them. */
function addressFor(host: string, port: number): string {
  const reachable = host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host;
  return `http://${reachable.includes(':') ? `[${reachable}]` : reachable}:${port}`;
}
