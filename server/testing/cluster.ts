import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { startNginx, type TestNginx } from './nginx.js';
import { startPostgres, type TestPostgres } from './postgres.js';
import { freePort, missingProgram } from './program.js';
import { startRedis, type TestRedis } from './redis.js';
import { Replica } from './replica.js';

/** Why there can be no cluster here; undefined where there can. */
export const NO_CLUSTER = missingProgram('redis-server', 'nginx');
/** The name of a `describe` that needs a cluster: with the reason where it is skipped. */
export const needsCluster = (name: string): string => (NO_CLUSTER === undefined ? name : `${name} (skipped: ${NO_CLUSTER})`);

const DATABASE = 'cluster';

/** Several real servers that share a real PostgreSQL and a real Redis, behind a real nginx. All of it on loopback, in processes and folders of its own. */
export class Cluster {
  private constructor(
    readonly replicas: readonly Replica[],
    readonly postgres: TestPostgres,
    readonly redis: TestRedis,
    private readonly nginx: TestNginx,
    private readonly folder: string,
  ) {}

  /** Starts it all, the servers at the same time. PostgreSQL writes through to the disk, as in production. */
  static async start(count = 3): Promise<Cluster> {
    const folder = await mkdtemp(join(tmpdir(), 'streamswarm-cluster-'));
    const [postgres, redis] = await Promise.all([startPostgres({ durable: true }), startRedis()]);
    await query(postgres.url('postgres'), `create database ${DATABASE}`);
    const environment = {
      DATABASE_URL: postgres.url(DATABASE),
      REDIS_URL: redis.url,
      STREAMSWARM_SETTINGS_KEY: randomBytes(32).toString('base64'),
      STREAMSWARM_TRUST_PROXY: 'true',
    };
    const ports: number[] = [];
    while (ports.length < count) ports.push(await freePort());
    const replicas = ports.map((port, index) => new Replica({ folder: join(folder, String(index)), port, environment }));
    const nginx = await startNginx(ports);
    const cluster = new Cluster(replicas, postgres, redis, nginx, folder);
    try {
      await Promise.all(replicas.map((replica) => replica.start()));
    } catch (error) {
      await cluster.remove();
      throw error;
    }
    return cluster;
  }

  /** Where nginx listens. */
  get url(): string {
    return this.nginx.url;
  }

  /** One of the servers. */
  replica(index: number): Replica {
    const replica = this.replicas[index];
    if (!replica) throw new Error(`the cluster has ${this.replicas.length} servers`);
    return replica;
  }

  /** The server that printed the set-up link: one of them does. */
  prints(): Replica {
    const printed = this.replicas.find(({ setupUrl }) => setupUrl !== null);
    if (!printed) throw new Error('no server printed a set-up link');
    return printed;
  }

  /** URL of the servers' database. */
  get databaseUrl(): string {
    return this.postgres.url(DATABASE);
  }

  /** Rows of the database, past the servers. */
  rows<Row>(sql: string, bindings: readonly unknown[] = []): Promise<Row[]> {
    return query<Row>(this.postgres.url(DATABASE), sql, bindings);
  }

  async remove(): Promise<void> {
    await this.nginx.remove();
    await Promise.all(this.replicas.map((replica) => replica.kill()));
    await Promise.all([this.postgres.remove(), this.redis.remove()]);
    await rm(this.folder, { recursive: true, force: true });
  }
}

async function query<Row>(connectionString: string, sql: string, bindings: readonly unknown[] = []): Promise<Row[]> {
  const client = new pg.Client({ connectionString });
  await client.connect();
  try {
    return (await client.query(sql, [...bindings])).rows as Row[];
  } finally {
    await client.end();
  }
}
