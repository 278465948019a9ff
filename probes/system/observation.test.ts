import { describe, expect, it } from 'vitest';
import { observeTogether } from './observation.js';
import { monotonicMs } from './reading.js';
import { systemSettings } from './settings.js';

const settings = systemSettings.parse({});

describe('tests that look at the same host', () => {
  it('share one look, also while it is still under way', async () => {
    const seen = await Promise.all(Array.from({ length: 10 }, () => observeTogether(settings, 0)));
    expect(new Set(seen.map(({ reading }) => reading)).size).toBe(1);
    expect((await observeTogether(settings, 0)).reading).toBe(seen[0]?.reading);
  });

  it('look anew where theirs has to be later than that', async () => {
    const first = await observeTogether(settings, 0);
    const after = monotonicMs();
    const second = await observeTogether(settings, after);
    expect(second.reading.at).toBeGreaterThanOrEqual(after);
    expect(second.reading).not.toBe(first.reading);
  });

  it('do not share between different interfaces or disks', async () => {
    const [every, loopback] = await Promise.all([
      observeTogether(settings, 0),
      observeTogether(systemSettings.parse({ interfaces: ['lo'] }), 0),
    ]);
    expect(loopback.reading).not.toBe(every.reading);
  });

  it('look again after a look that failed', async () => {
    const broken = { ...settings, interfaces: undefined as unknown as string[] };
    const reasonOf = (look: Promise<unknown>): Promise<unknown> => look.then(() => 'it did not fail', (reason: unknown) => reason); // prettier-ignore
    const [first, shared] = await Promise.all([reasonOf(observeTogether(broken, 0)), reasonOf(observeTogether(broken, 0))]);
    expect(first).toBeInstanceOf(TypeError);
    expect(shared).toBe(first);
    const again = await reasonOf(observeTogether(broken, 0));
    expect(again).toBeInstanceOf(TypeError);
    expect(again).not.toBe(first);
  });
});
