import {
  appendFileSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Outbox, type OutboxOptions } from './outbox.js';
import { uuidAt } from './result.js';

const EVERYTHING = [1_000_000, 2 ** 30] as const;

describe('Outbox', () => {
  let folder: string;
  let troubles: string[];
  const opened: Outbox[] = [];

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'outbox-'));
    troubles = [];
  });

  afterEach(async () => {
    await Promise.all(opened.splice(0).map((outbox) => outbox.close()));
    rmSync(folder, { recursive: true });
  });

  async function open(options: OutboxOptions = {}, path = folder): Promise<Outbox> {
    const outbox = await Outbox.open(path, { commitMs: 1, onTrouble: (message) => troubles.push(message), ...options });
    opened.push(outbox);
    return outbox;
  }

  const ids = Array.from({ length: 20 }, (_, index) => uuidAt(1_700_000_000_000 + index));
  const json = (id: string): string => JSON.stringify({ id, text: 'Zürich' });
  const fill = (outbox: Outbox, these: readonly string[]): Promise<unknown> => Promise.all(these.map((id) => outbox.append(id, json(id))));
  const idsIn = async (outbox: Outbox): Promise<string[]> => (await outbox.peek(...EVERYTHING)).map(({ id }) => id);
  const files = (ending: string): string[] => readdirSync(folder).filter((name) => name.endsWith(ending));

  it('gives results in order, and keeps them until they are acknowledged', async () => {
    const outbox = await open();
    await fill(outbox, ids);
    expect(await outbox.peek(...EVERYTHING)).toEqual(ids.map((id) => ({ id, json: json(id) })));
    expect(await idsIn(outbox)).toEqual(ids);
    await outbox.acknowledge(ids.slice(0, 5));
    await outbox.acknowledge(['0190a5b0-0000-7000-8000-000000000000']);
    expect(await idsIn(outbox)).toEqual(ids.slice(5));
    expect(outbox.size).toBe(15);
  });

  it('gives no more than asked for, but at least one', async () => {
    const outbox = await open();
    await fill(outbox, ids);
    expect(await outbox.peek(3, 2 ** 20)).toHaveLength(3);
    expect(await outbox.peek(50, 1)).toHaveLength(1);
  });

  it('has after a restart what was not acknowledged before it, without having been closed', async () => {
    const outbox = await open();
    await fill(outbox, ids);
    await outbox.acknowledge([ids[3] ?? '', ids[4] ?? '']);
    const next = await open();
    expect(await idsIn(next)).toEqual(ids.filter((_, index) => index !== 3 && index !== 4));
    await fill(next, [uuidAt(1_800_000_000_000)]);
    expect(next.size).toBe(19);
  });

  it('survives being torn at any byte: all whole results stay, in order', async () => {
    const outbox = await open();
    const few = ids.slice(0, 3);
    await fill(outbox, few);
    await outbox.close();
    const [log = ''] = files('.log');
    const bytes = readFileSync(join(folder, log));
    const recordBytes = bytes.length / few.length;
    for (let length = 0; length <= bytes.length; length += 1) {
      const torn = join(folder, `torn-${length}`);
      mkdirSync(torn);
      copyFileSync(join(folder, log), join(torn, log));
      truncateSync(join(torn, log), length);
      const rest = await Outbox.open(torn, { commitMs: 0 });
      const whole = few.slice(0, Math.floor(length / recordBytes));
      expect(await idsIn(rest)).toEqual(whole);
      await fill(rest, ids.slice(10, 11));
      expect(await idsIn(rest)).toEqual([...whole, ids[10]]);
      await rest.close();
    }
    expect(troubles).toEqual([]);
  });

  it('survives an acknowledgement torn at any byte: at worst a result is sent again', async () => {
    const outbox = await open();
    await fill(outbox, ids);
    await outbox.acknowledge(ids.slice(0, 4));
    await outbox.close();
    const [log = '', list = ''] = [...files('.log'), ...files('.ack')];
    const bytes = readFileSync(join(folder, list));
    expect(bytes).toHaveLength(32);
    for (let length = 0; length <= bytes.length; length += 1) {
      const torn = join(folder, `torn-${length}`);
      mkdirSync(torn);
      copyFileSync(join(folder, log), join(torn, log));
      writeFileSync(join(torn, list), bytes.subarray(0, length));
      const rest = await Outbox.open(torn);
      expect(await idsIn(rest)).toEqual(ids.slice(Math.floor(length / 8)));
      await rest.close();
    }
  });

  it('counts a result whose bytes have changed on the disk, and keeps the others', async () => {
    const outbox = await open();
    await fill(outbox, ids.slice(0, 3));
    await outbox.close();
    const path = join(folder, files('.log')[0] ?? '');
    const bytes = readFileSync(path);
    bytes[Math.floor(bytes.length / 2)] = (bytes[Math.floor(bytes.length / 2)] ?? 0) ^ 1;
    writeFileSync(path, bytes);
    const next = await open();
    expect(await idsIn(next)).toEqual([ids[0], ids[2]]);
    expect(next.dropped).toBe(1);
  });

  it('drops the oldest when it is full, and counts them, also after a restart', async () => {
    const outbox = await open({ maxBytes: 2000, segmentBytes: 200 });
    for (const id of ids) await outbox.append(id, json(id));
    for (const id of Array.from({ length: 20 }, (_, index) => uuidAt(1_900_000_000_000 + index))) await outbox.append(id, json(id));
    const left = await idsIn(outbox);
    expect(outbox.bytes).toBeLessThanOrEqual(2000);
    expect(left.length + outbox.dropped).toBe(40);
    expect(outbox.dropped).toBeGreaterThan(10);
    expect([...left].sort()).toEqual(left);
    const next = await open({ maxBytes: 2000 });
    expect(next.dropped).toBe(outbox.dropped);
    // All of the first ones, and of the last ones those that are gone; that there are years between them is seen.
    const first = { from: 1_700_000_000_000, to: 1_700_000_000_019 };
    const later = outbox.dropped > 20 ? [{ from: 1_900_000_000_000, to: 1_900_000_000_000 + outbox.dropped - 21 }] : [];
    expect(next.lostTimes.untold).toEqual([{ ...first, to: first.from + Math.min(20, outbox.dropped) - 1 }, ...later]);
    expect(troubles.join()).toContain('oldest of a full outbox');
  });

  it('counts what the server refuses for good', async () => {
    const outbox = await open();
    await fill(outbox, ids);
    await outbox.reject(ids.slice(0, 2), 'were refused by the server');
    expect(outbox.dropped).toBe(2);
    expect(await idsIn(outbox)).toEqual(ids.slice(2));
  });

  it('leaves no files behind when everything has been sent', async () => {
    const outbox = await open({ segmentBytes: 300 });
    for (const id of ids) await outbox.append(id, json(id));
    expect(files('.log').length).toBeGreaterThan(3);
    await outbox.acknowledge(ids);
    expect(files('.ack').length + files('.log').length).toBeLessThanOrEqual(2);
    await outbox.close();
    await open();
    expect([...files('.log'), ...files('.ack')]).toEqual([]);
  });

  it('gives the space back as soon as everything is acknowledged, again and again, and opens empty after a crash', async () => {
    const outbox = await open({ giveBackBytes: 0 });
    const bytesOnDisk = (): number => readdirSync(folder).reduce((sum, name) => sum + statSync(join(folder, name)).size, 0);
    for (const id of ids.slice(0, 5)) {
      await fill(outbox, [id]);
      expect(bytesOnDisk()).toBe(outbox.bytes);
      expect(outbox.bytes).toBeGreaterThan(0);
      await outbox.acknowledge([id]);
      expect([outbox.size, outbox.bytes, bytesOnDisk()]).toEqual([0, 0, 0]);
    }
    expect(await idsIn(await open())).toEqual([]);
  });

  it('gives the space back after results were acknowledged one by one, and no old list takes new results for sent ones', async () => {
    const outbox = await open({ giveBackBytes: 0 });
    for (const round of [ids.slice(0, 4), ids.slice(4, 8)]) {
      await fill(outbox, round);
      for (const id of round) await outbox.acknowledge([id]);
      expect(outbox.bytes).toBe(0);
      expect(files('.ack')).toEqual([]);
    }
    await fill(outbox, ids.slice(8, 12));
    expect(await idsIn(await open())).toEqual(ids.slice(8, 12));
  });

  it('does not go to the disk for each acknowledgement: space is given back once it is worth it, and at the latest when it is closed', async () => {
    const outbox = await open({ segmentBytes: 64_000, giveBackBytes: 1000 });
    for (let round = 0; outbox.bytes < 1000; round += 1) {
      const id = ids[round] ?? '';
      await fill(outbox, [id]);
      if (outbox.bytes >= 1000) break;
      await outbox.acknowledge([id]);
      expect([outbox.size, outbox.pendingBytes]).toEqual([0, 0]);
      expect(outbox.bytes).toBeGreaterThan(0);
    }
    await outbox.acknowledge(ids);
    expect(outbox.bytes).toBe(0);
    await fill(outbox, ids.slice(0, 1));
    await outbox.acknowledge(ids);
    await outbox.close();
    expect([...files('.log'), ...files('.ack')]).toEqual([]);
  });

  it('reads from the disk what is too much for memory', async () => {
    const outbox = await open();
    const long = ids.slice(0, 4).map((id) => [id, JSON.stringify({ id, text: 'x'.repeat(400_000) })] as const);
    await Promise.all(long.map(([id, text]) => outbox.append(id, text)));
    expect(await outbox.peek(10, 2 ** 30)).toEqual(long.map(([id, text]) => ({ id, json: text })));
  });

  it('never takes the list of a segment that is gone for that of a new one', async () => {
    writeFileSync(join(folder, '0000000001.ack'), Buffer.from([0, 0, 0, 0, 255, 255, 255, 255]));
    appendFileSync(join(folder, 'dropped'), '3\n');
    const outbox = await open();
    await fill(outbox, ids.slice(0, 1));
    const next = await open();
    expect(await idsIn(next)).toEqual(ids.slice(0, 1));
    expect(next.dropped).toBe(3);
  });

  it('says so when the disk takes nothing, and goes on when it does again', async () => {
    const outbox = await open();
    mkdirSync(join(folder, '0000000001.log'));
    await fill(outbox, ids.slice(0, 2));
    expect(outbox.dropped).toBe(2);
    expect(troubles.join()).toContain('could not be written');
    await fill(outbox, ids.slice(2, 4));
    expect(await idsIn(outbox)).toEqual(ids.slice(2, 4));
  });
});
