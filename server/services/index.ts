import type { Redis } from 'ioredis';
import type { Orm } from '../orm.js';
import type { Logger } from 'pino';
import type { Clock } from '../clock.js';
import type { ServerConfig } from '../config.js';
import type { ServerPubSub } from '../pubsub.js';
import { Arrivals } from '../limits/arrivals.js';
import { OperationRates } from '../limits/operation-rates.js';
import { AccessService } from './access.js';
import { AgentService } from './agents.js';
import { AuditService } from './audit.js';
import { DiagnosisService } from './diagnosis/diagnosis.js';
import { OutlookService } from './diagnosis/outlook.js';
import { AuthenticationService } from './authentication.js';
import { CatalogueService } from './catalogue.js';
import { createDataServices, type DataServices } from './data.js';
import { EnrollmentService } from './enrollment.js';
import { HeartbeatService } from './heartbeats.js';
import { LoginLimit } from './login-limit.js';
import { NamedThings, type Named } from './named.js';
import { OtherProcesses } from './other-processes.js';
import { PeriodicService } from './periodic.js';
import { PresenceService } from './presence.js';
import { Refusals } from './refusals.js';
import { ReportsService } from './reports/reports.js';
import { SessionControl } from './session-control.js';
import { SessionService, type SessionLimits } from './sessions.js';
import { SetUpService } from './set-up.js';
import { SharedTurns } from './shared-turns.js';
import { openStore } from './store.js';
import { Retries } from './store/retries.js';
import { retryingStore, Transactions } from './store/transactions.js';
import { ALONE } from './turns.js';
import { measuredStore } from '../telemetry/measured.js';
import { SettingsService } from './settings/settings.js';
import { Telemetry } from '../telemetry/telemetry.js';
import { TokenService } from './tokens.js';
import { UserService } from './users.js';

/** How often the sessions whose time is over are deleted; they hold no longer anyway. */
const SWEEP_SECONDS = 3600;

/** What services are made from. */
export interface ServiceDeps {
  readonly orm: Orm;
  readonly config: ServerConfig;
  readonly pubsub: ServerPubSub;
  readonly log: Logger;
  readonly clock: Clock;
  /** What several processes share; left out where there is one. */
  readonly redis?: Redis;
  /** Left out where nobody asks for what was counted. */
  readonly telemetry?: Telemetry;
}

/** The server's services; resolvers delegate to them. */
export interface Services extends DataServices {
  readonly telemetry: Telemetry;
  readonly clock: Clock;
  readonly config: ServerConfig;
  readonly access: AccessService;
  readonly agents: AgentService;
  readonly arrivals: Arrivals;
  readonly audit: AuditService;
  readonly authentication: AuthenticationService;
  readonly catalogue: CatalogueService;
  readonly diagnosis: DiagnosisService;
  readonly enrollment: EnrollmentService;
  readonly heartbeats: HeartbeatService;
  readonly named: Named;
  readonly outlook: OutlookService;
  readonly periodic: PeriodicService;
  readonly presence: PresenceService;
  readonly rates: OperationRates;
  readonly refusals: Refusals;
  /** What several processes share; undefined where there is one. */
  readonly redis: Redis | undefined;
  readonly reports: ReportsService;
  readonly sessions: SessionService;
  readonly sessionControl: SessionControl;
  readonly setUp: SetUpService;
  readonly settings: SettingsService;
  readonly tokens: TokenService;
  readonly users: UserService;
  /** Begins periodic work; called once the database is ready. */
  start(): Promise<void>;
  /** Ends periodic work and waits for what is under way. */
  stop(): Promise<void>;
}

export function createServices({ orm, config, pubsub, log, clock, telemetry = new Telemetry(), redis }: ServiceDeps): Services {
  const audit = new AuditService(log);
  const catalogue = new CatalogueService();
  const settings = new SettingsService({ orm, config, pubsub, audit, log });
  const sessions = new SessionService(sessionLimits(settings), pubsub);
  const setUp = new SetUpService(config.data, config.redisUrl === undefined);
  const retries = new Retries(log, telemetry.count.retries);
  const transactions = new Transactions(retries);
  const store = retryingStore(measuredStore(openStore(orm, config, log), telemetry), retries);
  const turns = store.kind === 'postgres' ? new SharedTurns(store) : ALONE;
  const periodic = new PeriodicService(log, turns, (name, run) => telemetry.periodicWork(name, run));
  const presence = new PresenceService(silenceLimits(settings), pubsub, log);
  const follower = new OtherProcesses({ orm, pubsub, presence, catalogue, log });
  const common = { orm, store, transactions, audit, log, clock, periodic };
  const data = createDataServices({ ...common, retries, config, pubsub, catalogue, presence, settings });
  const heartbeats = new HeartbeatService(data.store, pubsub, presence, settings, log);
  const refusals = new Refusals(common);
  periodic.every('sessions.sweep', SWEEP_SECONDS, async () => void (await sessions.sweep(orm.em.fork())));
  return {
    ...data,
    ...{ clock, config, telemetry, redis, periodic, presence, refusals },
    access: new AccessService({ audit, limit: new LoginLimit(redis), refusals, sessions, setUp }),
    agents: new AgentService({ audit, pubsub, presence, catalogue }),
    arrivals: new Arrivals(settings),
    audit,
    authentication: new AuthenticationService(config, sessions, orm, store),
    catalogue,
    diagnosis: new DiagnosisService(),
    enrollment: new EnrollmentService(audit, refusals, pubsub, catalogue),
    heartbeats,
    named: new NamedThings(orm, data.store, pubsub),
    outlook: new OutlookService(catalogue),
    reports: new ReportsService(audit, pubsub),
    sessions,
    sessionControl: new SessionControl(audit, refusals, sessions),
    setUp,
    rates: new OperationRates(settings, redis),
    settings,
    tokens: new TokenService(audit, pubsub),
    users: new UserService(audit, sessions),
    async start() {
      await settings.start();
      await catalogue.reload(orm.em.fork());
      await presence.start(orm);
      await data.startData();
      follower.start();
      periodic.start();
    },
    async stop() {
      follower.stop();
      await refusals.flush();
      await periodic.stop();
      await heartbeats.idle();
      await data.stopData();
      presence.stop();
      await settings.stop();
    },
  };
}

function sessionLimits(settings: SettingsService): () => SessionLimits {
  return () => ({ idleHours: settings.get('session.idleHours'), hours: settings.get('session.hours') });
}

/** Read each time that they are needed: a setting that changes is in force at once. */
function silenceLimits(settings: SettingsService): { readonly staleAfterSeconds: number; readonly offlineAfterSeconds: number } {
  return {
    get staleAfterSeconds() {
      return settings.get('agents.staleAfterSeconds');
    },
    get offlineAfterSeconds() {
      return settings.get('agents.offlineAfterSeconds');
    },
  };
}
