import { randomUUID } from 'node:crypto';
import type { Logger } from 'pino';
import { union, without, type Stretch } from './rollups/stretches.js';
import type { RunSql, Store } from './store.js';

/** How often a server notes that it runs. */
const EVERY_MS = 10_000;
/** After its last note a server is taken to have run for so long; and agents have so long to come back after a start before their silence is their own. */
const LEEWAY_MS = 60_000;

const BEGIN = 'insert into server_life (id, started_at, alive_at) values (?, ?, ?)';
const NOTE = 'update server_life set alive_at = ? where id = ?';
const LIVES = 'select started_at as "from", alive_at as "to" from server_life where alive_at >= ? and started_at < ?';
const FIRST = 'select min(started_at) as at from server_life';

/** Notes when this server runs, so that its own absence is not taken for that of the agents. */
export class ServerLife {
  private readonly id = randomUUID();
  private timer: NodeJS.Timeout | undefined;
  private noting: Promise<void> = Promise.resolve();

  constructor(
    private readonly store: Store,
    private readonly log: Logger,
  ) {}

  async start(): Promise<void> {
    const now = Date.now();
    await this.store.write((sql) => sql(BEGIN, [this.id, now, now]));
    this.timer = setInterval(() => this.note(), EVERY_MS);
  }

  async stop(): Promise<void> {
    clearInterval(this.timer);
    this.note();
    await this.noting;
  }

  private note(): void {
    const write = (): Promise<unknown> => this.store.write((sql) => sql(NOTE, [Date.now(), this.id]));
    this.noting = this.noting.then(write).then(
      () => undefined,
      (error: unknown) => this.log.warn({ err: error }, 'that this server runs could not be noted'),
    );
  }
}

/** When no server listened, as far as it is known: nothing is from before this was noted. */
export async function deafStretches(sql: RunSql, from: number, to: number): Promise<Stretch[]> {
  const [first] = await sql<{ at: number | null }>(FIRST);
  if (first?.at === null || first?.at === undefined) return [];
  const lives = await sql<Stretch>(LIVES, [from - LEEWAY_MS, to]);
  // From a start on, it takes agents a while to be heard again.
  const heard = union(lives.map((life) => ({ from: life.from + LEEWAY_MS, to: life.to + EVERY_MS })).filter((life) => life.from < life.to));
  return without({ from: Math.max(from, first.at), to }, heard);
}
