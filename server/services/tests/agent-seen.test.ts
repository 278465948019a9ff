import { describe, expect, it } from 'vitest';
import { kindsOf, paced, type Seen } from './agent-seen.js';

const SECOND = 1000;
const seen = (dropped: number, offline = false, disabled = false): Seen => ({
  abilities: '',
  disabled,
  offline,
  dropped,
  droppedAt: -Infinity,
});

/** The words for an agent that is looked at every ten seconds. */
function words(looks: readonly Seen[]): string[] {
  let before = looks[0];
  return looks.slice(1).flatMap((look, index) => {
    const at = (index + 1) * 10 * SECOND;
    const now = paced(before, look, at);
    const said = kindsOf(before, now).map((kind) => `${at / SECOND} ${kind}`);
    before = now;
    return said;
  });
}

describe('what is remembered of an agent', () => {
  it('is when it went, and when it came back', () => {
    expect(words([seen(0), seen(0, true), seen(0, true), seen(0)])).toEqual(['10 OFFLINE', '30 BACK']);
  });

  it('is when somebody disabled it, and enabled it again', () => {
    expect(words([seen(0), seen(0, false, true), seen(0, false, true), seen(0)])).toEqual(['10 DISABLED', '30 ENABLED']);
  });

  it('is that it gave results up, once a minute while it goes on, and once more for those of the last minute', () => {
    expect(words([0, 5, 6, 7, 8, 9, 9, 9, 9, 9].map((dropped) => seen(dropped)))).toEqual(['10 DROPPED', '70 DROPPED']);
  });

  it('is nothing where fewer were given up: another installation counts from the start', () => {
    expect(words([seen(9), seen(0), seen(0)])).toEqual([]);
  });
});
