import { describe, expect, it } from 'vitest';
import { ROUTER_BURST } from '../../probes/kernel/router-budget.js';
import { contextFor } from '../../probes/sdk/conformance/check.js';
import { runProbe } from '../../probes/sdk/run.js';
import { parseTarget } from '../../probes/sdk/target.js';
import { TEST_SOURCES } from '../testing/plug-ins.js';
import { ProbeShelf } from './probes.js';

describe('ProbeShelf', () => {
  it('has a probe rehearse before its first run', async () => {
    const shelf = new ProbeShelf(TEST_SOURCES);
    await shelf.prepare('spender');
    const probe = await shelf.get('spender');
    if (!probe) throw new Error('the test probe is missing');
    const settings = { router: 'rehearsed', times: ROUTER_BURST };
    const run = await runProbe(probe, settings, await contextFor(probe, { target: () => parseTarget('127.0.0.1'), settings }));
    // The rehearsal took the other one.
    expect(run.metrics['spender.taken']).toBe(ROUTER_BURST - 1);
  });

  it('leaves it to the first run to tell of a probe that cannot be had', async () => {
    const shelf = new ProbeShelf(TEST_SOURCES);
    await expect(shelf.prepare('nothing-like-that')).resolves.toBeUndefined();
  });
});
