import type { Orm } from './orm.js';
import type { GraphQLSchema } from 'graphql';
import type { Logger } from 'pino';
import type { CompiledOperations } from './compiled-operations.js';
import type { ServerConfig } from './config.js';
import type { Context, CookieJar } from './context.js';
import type { Identity } from './identity.js';
import type { ServerPubSub } from './pubsub.js';
import type { Services } from './services/index.js';
import type { Telemetry } from './telemetry/telemetry.js';

/** What both transports share. */
export interface Core {
  readonly config: ServerConfig;
  readonly orm: Orm;
  readonly schema: GraphQLSchema;
  readonly services: Services;
  readonly pubsub: ServerPubSub;
  readonly log: Logger;
  readonly telemetry: Telemetry;
  readonly operations: CompiledOperations;
}

/** Who an operation belongs to and how it came. */
export interface Caller {
  readonly identity: Identity;
  readonly remoteAddress: string;
  /** Now, where it is left out. */
  readonly receivedAt?: Date;
  readonly em?: Context['em'];
  readonly cookies?: CookieJar;
  readonly userAgent?: string;
  /** Whether the connection that the answer would go to is closed. */
  readonly clientHasGone?: () => boolean;
}

/** The context of one operation or of one event of a subscription. Its entity manager is made when it is first asked for: what agents send needs none. */
export function createContext(core: Core, { em: given, ...caller }: Caller): Context {
  const { orm, services, pubsub, log } = core;
  let em = given;
  return {
    ...{ services, pubsub, log, ...caller, receivedAt: caller.receivedAt ?? new Date() },
    get em() {
      return (em ??= orm.em.fork());
    },
  };
}
