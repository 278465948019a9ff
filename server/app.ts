import { mkdir } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import type { Orm } from './orm.js';
import type { FastifyInstance } from 'fastify';
import type { Logger } from 'pino';
import { SYSTEM_CLOCK, type Clock } from './clock.js';
import { CompiledOperations } from './compiled-operations.js';
import type { ServerConfig } from './config.js';
import { TokenKind } from './entities/enums.js';
import { openDatabase } from './db.js';
import { holdFolder } from './hold-folder.js';
import { holdPostgres } from './hold-postgres.js';
import { createHttpServer } from './http.js';
import { NOBODY } from './identity.js';
import { createLogger } from './logger.js';
import type { Core } from './operations.js';
import { openRedis, type RedisLink } from './redis.js';
import { SharedEvents } from './shared-events.js';
import { createServerPubSub, type ServerPubSub } from './pubsub.js';
import { serverSchema } from './schema.js';
import { createServices, type Services } from './services/index.js';
import { serveSockets } from './sockets.js';
import { addGauges } from './telemetry/gauges.js';
import { Telemetry } from './telemetry/telemetry.js';

/**
 * Connections that the kernel holds until the server comes to take them; beyond, it drops or resets them (listen(2); Linux allows up to net.core.somaxconn). After a
 * restart thousands of agents come within a few seconds; Node's default is 511.
 */
const MOST_WAITING = 4096;

/** A running server. */
export interface App {
  /** Where browsers and agents find it: the public address where one is configured. */
  readonly url: string;
  readonly port: number;
  /** The link that creates the first administrator; null where one existed at the start. */
  readonly setupUrl: string | null;
  readonly orm: Orm;
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
export async function createApp(
  config: ServerConfig,
  log: Logger = createLogger(config.logLevel),
  clock: Clock = SYSTEM_CLOCK,
): Promise<App> {
  // With either database: the key and the set-up link stand in it.
  await mkdir(config.data, { recursive: true, mode: 0o700 });
  const letGo = await holdDatabase(config, log);
  let orm: Orm | undefined;
  let redis: RedisLink | undefined;
  try {
    orm = await openDatabase(config, log);
    redis = config.redisUrl === undefined ? undefined : await openRedis(config.redisUrl, log);
    return await startApp({ config, log, orm, clock, redis, letGo });
  } catch (error) {
    redis?.close();
    await orm?.close(true);
    await letGo();
    throw error;
  }
}

/** Keeps servers away that would not hear of this one. @throws Error where one runs already */
function holdDatabase({ data, databaseUrl, redisUrl }: ServerConfig, log: Logger): Promise<() => Promise<void>> {
  return databaseUrl === undefined ? holdFolder(data) : holdPostgres(databaseUrl, redisUrl !== undefined, log);
}

/** What a server is started from. */
interface Opened {
  readonly config: ServerConfig;
  readonly log: Logger;
  readonly orm: Orm;
  readonly clock: Clock;
  readonly redis: RedisLink | undefined;
  /** Lets other servers have the database. */
  readonly letGo: () => Promise<void>;
}

async function startApp({ config, log, orm, clock, redis, letGo }: Opened): Promise<App> {
  const shared = redis && new SharedEvents(redis, EVENTS_PREFIX, log);
  const pubsub = createServerPubSub((event) => shared?.carry(event));
  const telemetry = new Telemetry();
  const services = createServices({ orm, config, pubsub, log, clock, telemetry, redis: redis?.commands });
  const core: Core = { config, orm, schema: await serverSchema(), services, pubsub, log, telemetry, operations: new CompiledOperations() };
  let closing: Promise<void> | undefined;
  const http = await createHttpServer(core, async () => closing === undefined && (await orm.isConnected()) && (shared?.hears ?? true));
  const sockets = serveSockets(core, http.fastify.server);
  addGauges(core, sockets, redis?.commands);
  const close = async (): Promise<void> => {
    // Together: the port closes at once, and is free when the last socket has gone.
    await Promise.all([sockets.close(), http.close()]);
    await http.apollo.stop();
    await services.stop();
    shared?.stop();
    redis?.close();
    await orm.close(true);
    await letGo();
  };
  let setUpToken: string | null;
  try {
    await shared?.start(pubsub);
    await services.start();
    setUpToken = await services.setUp.token(orm.em.fork());
    await http.fastify.listen({ host: config.host, port: config.port, backlog: MOST_WAITING });
  } catch (error) {
    await close();
    throw error;
  }
  if (config.devWithoutLogin) log.warn('development mode without login: everyone on this machine is administrator');
  const port = portOf(http.fastify);
  const url = config.publicUrl?.replace(/\/+$/, '') ?? addressFor(config.host, port);
  return {
    url,
    port,
    setupUrl: setUpToken === null ? null : `${url}/setup#token=${setUpToken}`,
    orm,
    services,
    pubsub,
    createLocalEnrollment: (name) => enrollLocally(core, name),
    close: () => (closing ??= close()),
  };
}

/** Of the channel's name: an installation has a Redis, or a database of one, to itself. */
const EVENTS_PREFIX = 'streamswarm:';

const LOCAL_ENROLLMENT_MS = 3_600_000;

async function enrollLocally({ orm, services }: Core, name: string): Promise<string> {
  const caller = { em: orm.em.fork(), identity: NOBODY, remoteAddress: 'this process' };
  const expiresAt = new Date(Date.now() + LOCAL_ENROLLMENT_MS);
  const input = { name: `local agent ${name}`, kind: TokenKind.ENROLLMENT, maxUses: 1, expiresAt };
  return (await services.tokens.create(caller, input)).secret;
}

function portOf(fastify: FastifyInstance): number {
  return (fastify.server.address() as AddressInfo).port;
}

/** An address that works on this host, also where the server listens on all of them. */
function addressFor(host: string, port: number): string {
  const reachable = host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host;
  return `http://${reachable.includes(':') ? `[${reachable}]` : reachable}:${port}`;
}
