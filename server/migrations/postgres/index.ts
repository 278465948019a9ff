import type { MigrationObject } from '@mikro-orm/core';
import { Migration20261123000001Access } from './migration-20261123000001-access.js';
import { Migration20261123000002Tests } from './migration-20261123000002-tests.js';
import { Migration20261123082400AccessControl } from './migration-20261123082400-access-control.js';
import { Migration20261123083000Rollups } from './migration-20261123083000-rollups.js';
import { Migration20261123084500Reports } from './migration-20261123084500-reports.js';
import { Migration20261123094500Turns } from './migration-20261123094500-turns.js';
import { Migration20261123155000Paths } from './migration-20261123155000-paths.js';
import { Migration20261128131000SessionResults } from './migration-20261128131000-session-results.js';
import { Migration20261128132000TestIntervals } from './migration-20261128132000-test-intervals.js';
import { Migration20261128132001EventAge } from './migration-20261128132001-event-age.js';
import { Migration20261128133000FormUse } from './migration-20261128133000-form-use.js';
import { Migration20261128134000Usernames } from './migration-20261128134000-usernames.js';
import { Migration20261128137000PathState } from './migration-20261128137000-path-state.js';
import { Migration20261129004500OneCycle } from './migration-20261129004500-one-cycle.js';
import { Migration20261129005500RefusalCounts } from './migration-20261129005500-refusal-counts.js';

export const POSTGRES_MIGRATIONS: readonly MigrationObject[] = [
  { name: 'Migration20261123000001Access', class: Migration20261123000001Access },
  { name: 'Migration20261123000002Tests', class: Migration20261123000002Tests },
  { name: 'Migration20261123082400AccessControl', class: Migration20261123082400AccessControl },
  { name: 'Migration20261123083000Rollups', class: Migration20261123083000Rollups },
  { name: 'Migration20261123084500Reports', class: Migration20261123084500Reports },
  { name: 'Migration20261123094500Turns', class: Migration20261123094500Turns },
  { name: 'Migration20261123155000Paths', class: Migration20261123155000Paths },
  { name: 'Migration20261128131000SessionResults', class: Migration20261128131000SessionResults },
  { name: 'Migration20261128132000TestIntervals', class: Migration20261128132000TestIntervals },
  { name: 'Migration20261128132001EventAge', class: Migration20261128132001EventAge },
  { name: 'Migration20261128133000FormUse', class: Migration20261128133000FormUse },
  { name: 'Migration20261128134000Usernames', class: Migration20261128134000Usernames },
  { name: 'Migration20261128137000PathState', class: Migration20261128137000PathState },
  { name: 'Migration20261129004500OneCycle', class: Migration20261129004500OneCycle },
  { name: 'Migration20261129005500RefusalCounts', class: Migration20261129005500RefusalCounts },
];
