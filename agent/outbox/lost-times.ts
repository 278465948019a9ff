import { z } from 'zod';
import { parseJson, readIfThere, writeAtomically } from '../files.js';

/** When results were started that are lost: the first and the last of them, ms since 1970 by this host's clock. */
export interface LostTime {
  readonly from: number;
  readonly to: number;
}

/** Losses so close to each other are one: results between them are told apart by being there, ms. */
const TOGETHER_MS = 60_000;
/** So many times are kept; of more, the closest become one. */
const MOST = 50;

const content = z.array(z.object({ from: z.number(), to: z.number() }));

/** What is lost of which time, on disk until the server knows it: gaps are explained by it. */
export class LostTimes {
  #times: readonly LostTime[];

  /** Reads what a former run left; a file that is damaged is as good as none. @throws the file system's error */
  constructor(private readonly path: string) {
    this.#times = content.safeParse(parseJson(readIfThere(path) ?? '[]')).data ?? [];
  }

  /** What the server is to be told, oldest first. */
  get untold(): readonly LostTime[] {
    return this.#times;
  }

  /** These results are lost; their ids say when they were started. @throws the file system's error */
  add(ids: readonly string[]): void {
    const starts = ids.map(startOf);
    if (starts.length === 0) return;
    const from = starts.reduce((one, other) => Math.min(one, other));
    const to = starts.reduce((one, other) => Math.max(one, other));
    this.#keep(joined([...this.#times, { from, to }]));
  }

  /** The server knows these; what is lost since they were told stays. @throws the file system's error */
  told(times: readonly LostTime[]): void {
    this.#keep(times.reduce<readonly LostTime[]>((left, time) => left.flatMap((each) => without(each, time)), this.#times));
  }

  #keep(times: readonly LostTime[]): void {
    this.#times = times;
    writeAtomically(this.path, `${JSON.stringify(times)}\n`, 0o600);
  }
}

/** The first 48 bits of a UUIDv7 are the milliseconds. */
function startOf(id: string): number {
  return parseInt(id.slice(0, 8) + id.slice(9, 13), 16);
}

function without(whole: LostTime, { from, to }: LostTime): LostTime[] {
  const parts = [
    { from: whole.from, to: Math.min(whole.to, from - 1) },
    { from: Math.max(whole.from, to + 1), to: whole.to },
  ];
  return parts.filter((part) => part.from <= part.to);
}

function joined(times: readonly LostTime[]): LostTime[] {
  const sorted = [...times].sort((one, other) => one.from - other.from);
  const apart = sorted.slice(1).map((time, index) => time.from - (sorted[index]?.to ?? 0));
  const widest = [...apart].sort((one, other) => other - one)[MOST - 1] ?? 0;
  const all: LostTime[] = [];
  for (const time of sorted) {
    const last = all.at(-1);
    if (last && time.from - last.to <= Math.max(TOGETHER_MS, widest))
      all[all.length - 1] = { from: last.from, to: Math.max(last.to, time.to) };
    else all.push(time);
  }
  return all;
}
