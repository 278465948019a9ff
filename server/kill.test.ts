import { describe, it } from 'vitest';
import { ordeal } from './testing/chaos/chaos.js';
import type { Fleet } from './testing/chaos/fleet.js';
import { clusterFleet, loneFleet } from './testing/chaos/fleets.js';
import { expectUnharmed } from './testing/chaos/verdict.js';
import { NO_CLUSTER, needsCluster } from './testing/cluster.js';

/** How long parts are killed, ms: two minutes with `npm run test:long`. */
const FOR_MS = process.env.STREAMSWARM_LONG ? 120_000 : 15_000;
const TIMEOUT_MS = FOR_MS + 300_000;

async function survives(start: () => Promise<Fleet>, kills: number): Promise<void> {
  const fleet = await start();
  try {
    expectUnharmed(await ordeal(fleet, FOR_MS, kills), kills);
  } finally {
    await fleet.remove();
  }
}

describe('kill -9 under load, again and again', () => {
  it('of the one server on SQLite loses no acknowledged result, and stores none twice', { timeout: TIMEOUT_MS }, () =>
    survives(loneFleet, 3),
  );

  it.skipIf(NO_CLUSTER)(
    needsCluster('of any of three servers, of PostgreSQL and of Redis loses no acknowledged result, and stores none twice'),
    { timeout: TIMEOUT_MS },
    () => survives(clusterFleet, 5),
  );
});
