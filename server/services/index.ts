import type { MikroORM } from '@mikro-orm/sqlite';
import type { Logger } from 'pino';
import type { ServerConfig } from '../config.js';
import type { ServerPubSub } from '../pubsub.js';
import { AuditService } from './audit.js';
import { AuthenticationService } from './authentication.js';

/** What services are made from. */
export interface ServiceDeps {
  readonly orm: MikroORM;
  readonly config: ServerConfig;
  readonly pubsub: ServerPubSub;
  readonly log: Logger;
}

/** The server's services; resolvers delegate to them. */
export interface Services {
  readonly audit: AuditService;
  readonly authentication: AuthenticationService;
  /** Begins periodic work; called once the database is ready. */
  start(): Promise<void>;
  /** Ends periodic work and waits for what is under way. */
  stop(): Promise<void>;
}

export function createServices(deps: ServiceDeps): Services {
  const audit = new AuditService(deps.log);
  const authentication = new AuthenticationService(deps.config);
  return {
    audit,
    authentication,
    async start() {},
    async stop() {},
  };
}
