import type { PresenceService } from './presence.js';
import { AgentStatus } from '../entities/enums.js';
import type { Store } from './store.js';
import type { Dialect } from './store/dialect.js';

/** What there is, in numbers. */
export interface OverviewNumbers {
  readonly agents: number;
  readonly agentsOnline: number;
  readonly tests: number;
  readonly testsRunning: number;
  readonly resultsLastHour: number;
}

const countsOf = ({ values }: Dialect): string => `select
  (select count(*) from agent where deleted_at is null) as agents,
  (select count(*) from agent where deleted_at is null and disabled = false and id in ${values('text')}) as "agentsOnline",
  (select count(*) from test where deleted_at is null) as tests,
  (select count(*) from test where deleted_at is null and status = 'RUNNING') as "testsRunning",
  (select coalesce(sum(results), 0) from result_minute where minute > ?) as "resultsLastHour"`;

/** Counts for the first page; results by the minute's counters, never by reading results. */
export class OverviewService {
  constructor(
    private readonly store: Store,
    private readonly presence: PresenceService,
  ) {}

  async numbers(now = Date.now()): Promise<OverviewNumbers> {
    const online = JSON.stringify(this.presence.idsWith(AgentStatus.ONLINE));
    const [row] = await this.store.read<OverviewNumbers>(countsOf(this.store.read.dialect), [online, Math.floor(now / 60_000) - 60]);
    if (!row) throw new Error('the database counted nothing');
    return row;
  }
}
