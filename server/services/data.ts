import type { Orm } from '../orm.js';
import type { Logger } from 'pino';
import type { Clock } from '../clock.js';
import type { ServerConfig } from '../config.js';
import type { ServerPubSub } from '../pubsub.js';
import type { AuditService } from './audit.js';
import type { CatalogueService } from './catalogue.js';
import { OverviewService } from './overview.js';
import type { PeriodicService } from './periodic.js';
import type { PresenceService } from './presence.js';
import { ResultExport } from './results/export.js';
import { IngestService } from './results/ingest.js';
import { MetricSets } from './results/intern.js';
import { resultForms } from './results/result-forms.js';
import { PathReader } from './paths/reader.js';
import { checkSettingsKey } from './settings-key-check.js';
import { Partitions } from './results/partitions.js';
import { ResultReader } from './results/reader.js';
import { OldPaths } from './paths/old-paths.js';
import { keptSince } from './retention/limits.js';
import { RetentionService } from './retention/retention.js';
import { RowRemoval } from './retention/row-removal.js';
import { WeekRemoval } from './retention/week-removal.js';
import type { Level } from './rollups/levels.js';
import { RollupMaker } from './rollups/maker.js';
import { RollupService } from './rollups/rollups.js';
import { RawBucketSource } from './series/bucket-reader.js';
import { GapReader } from './series/gap-reader.js';
import { RollupReader } from './series/rollup-reader.js';
import { ServerLife } from './server-life.js';
import { SeriesService } from './series/series.js';
import type { Store } from './store.js';
import type { Retries } from './store/retries.js';
import type { Transactions } from './store/transactions.js';
import type { SettingsService } from './settings/settings.js';
import { AgentWork } from './tests/agent-work.js';
import { AgentWatch } from './tests/agent-watch.js';
import { Assigner } from './tests/assign.js';
import { SettingsCipher } from './tests/cipher.js';
import { TestRelations } from './tests/relations.js';
import { Purge } from './tests/purge.js';
import { SessionClock } from './tests/session-clock.js';
import { StoredProbes } from './tests/stored-probes.js';
import { TestsService } from './tests/tests.js';

/** How often closed buckets are rolled up. */
const ROLLUP_SECONDS = 5;
/** How often what is too old is removed. */
const RETENTION_SECONDS = 3600;

/** What the services of tests and results are made from. */
export interface DataDeps {
  readonly orm: Orm;
  readonly store: Store;
  readonly retries: Retries;
  readonly transactions: Transactions;
  readonly config: ServerConfig;
  readonly pubsub: ServerPubSub;
  readonly log: Logger;
  readonly clock: Clock;
  readonly audit: AuditService;
  readonly catalogue: CatalogueService;
  readonly periodic: PeriodicService;
  readonly presence: PresenceService;
  readonly settings: SettingsService;
}

/** Tests and what they bring. */
export interface DataServices {
  readonly store: Store;
  readonly tests: TestsService;
  readonly relations: TestRelations;
  readonly storedProbes: StoredProbes;
  readonly agentWork: AgentWork;
  readonly ingest: IngestService;
  readonly results: ResultReader;
  readonly paths: PathReader;
  readonly resultExport: ResultExport;
  readonly series: SeriesService;
  readonly rollups: RollupService;
  readonly retention: RetentionService;
  readonly oldPaths: OldPaths;
  readonly overview: OverviewService;
  readonly purge: Purge;
  /** Opens and ends sessions from now on; after the catalogue and presence have started. */
  startData(): Promise<void>;
  /** Finishes what is under way. */
  stopData(): Promise<void>;
}

export function createDataServices(deps: DataDeps): DataServices {
  const { orm, store, retries, transactions, config, pubsub, log, clock, audit, catalogue, periodic, presence, settings } = deps;
  const metricSets = new MetricSets();
  const forms = resultForms();
  const cipher = SettingsCipher.open(config.data, config.settingsKey);
  const storedProbes = new StoredProbes(catalogue, cipher);
  const assigner = new Assigner(storedProbes, metricSets);
  const tests = new TestsService({ store, transactions, pubsub, audit, stored: storedProbes, assigner, clock });
  const tell = tests.tell.bind(tests);
  const sessionClock = new SessionClock({ orm, transactions, pubsub, log, assigner, tell, clock });
  const watch = new AgentWatch({ alone: config.redisUrl === undefined, orm, transactions, store, pubsub, log, presence, assigner, tell });
  const partitions = new Partitions(store);
  const results = new ResultReader(store, metricSets, forms);
  const ingest = new IngestService({ store, pubsub, log, forms, metricSets, settings, partitions, retries });
  const rollups = new RollupService(store, new RollupMaker(store, metricSets, catalogue));
  periodic.every('rollups', ROLLUP_SECONDS, (signal) => rollups.run(Date.now(), signal));
  const life = new ServerLife(store, log);
  const oldResults = store.kind === 'postgres' ? new WeekRemoval(store, partitions, log) : new RowRemoval(store);
  const retention = new RetentionService(store, settings, oldResults);
  periodic.every('retention', RETENTION_SECONDS, (signal) => retention.run(Date.now(), signal));
  const oldPaths = new OldPaths(store, settings);
  periodic.every('paths.retention', RETENTION_SECONDS, (signal) => oldPaths.remove(Date.now(), signal));
  const sources = {
    ...{ store, raw: new RawBucketSource(store), rollups: new RollupReader(store) },
    keptSince: (level: Level | undefined) => keptSince(settings, level, Date.now()),
  };
  const purge = new Purge(store, periodic, log);
  return {
    store,
    tests,
    relations: new TestRelations(store),
    storedProbes,
    agentWork: new AgentWork(orm, store, storedProbes),
    ingest,
    results,
    paths: new PathReader(store),
    resultExport: new ResultExport(store, metricSets, results),
    series: new SeriesService(sources, catalogue, metricSets, new GapReader(store)),
    rollups,
    retention,
    oldPaths,
    overview: new OverviewService(store, presence),
    purge,
    async startData() {
      await checkSettingsKey(orm.em.fork(), cipher);
      await life.start();
      await watch.start();
      await sessionClock.start();
    },
    async stopData() {
      await watch.stop();
      await sessionClock.stop();
      await ingest.idle();
      await life.stop();
      await store.close();
    },
  };
}
