import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { uuidAt } from '../result.js';
import { LostTimes } from './lost-times.js';

const START = 1_700_000_000_000;
const MINUTE = 60_000;

describe('LostTimes', () => {
  let folder: string;
  const open = (): LostTimes => new LostTimes(join(folder, 'lost.json'));
  const at = (...minutes: number[]): string[] => minutes.map((minute) => uuidAt(START + minute * MINUTE));
  const minutes = (times: LostTimes): number[][] => times.untold.map(({ from, to }) => [(from - START) / MINUTE, (to - START) / MINUTE]);

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'lost-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('says when what is lost was started, one time where losses follow each other, also after a restart', () => {
    const times = open();
    expect(times.untold).toEqual([]);
    times.add(at(3, 1, 2));
    times.add(at(4, 4.5));
    times.add(at(60));
    times.add([]);
    expect(minutes(times)).toEqual([
      [1, 4.5],
      [60, 60],
    ]);
    expect(open().untold).toEqual(times.untold);
  });

  it('keeps what is lost while the others are told', () => {
    const times = open();
    times.add(at(1, 2));
    const told = times.untold;
    times.add(at(2.5, 3));
    times.told(told);
    expect(times.untold).toEqual([{ from: START + 2 * MINUTE + 1, to: START + 3 * MINUTE }]);
    times.told(times.untold);
    expect(open().untold).toEqual([]);
  });

  it('keeps few times, however many there are: the closest become one', () => {
    const times = open();
    for (let hour = 0; hour < 200; hour++) times.add(at(hour * 60 + (hour % 4 === 3 ? 20 : 0)));
    expect(times.untold.length).toBeLessThanOrEqual(50);
    expect(minutes(times).at(-1)?.[1]).toBe(199 * 60 + 20);
    expect(minutes(times)[0]?.[0]).toBe(0);
  });

  it('begins anew where its file is damaged', () => {
    writeFileSync(join(folder, 'lost.json'), '[{"from":');
    expect(open().untold).toEqual([]);
  });
});
