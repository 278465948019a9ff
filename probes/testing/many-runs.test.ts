import { spawn, type ChildProcess } from 'node:child_process';
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { defineProbe, z } from '../sdk/index.js';
import { ProbeFailure } from '../sdk/error.js';
import type { Probe } from '../sdk/probe.js';
import { whatStays } from './many-runs.js';
import type { Order } from './variants.js';

const RUNS = 60;
const ORDER: Order = { probe: 'leaky', target: '127.0.0.1', settings: {} };

/** A probe that does nothing but this. */
function probeThat(does: () => void | Promise<void>): Probe {
  return defineProbe({
    name: 'leaky',
    title: 'Leaky',
    description: 'Leaves something behind.',
    version: '1.0.0',
    metrics: {},
    settings: z.strictObject({}),
    deadlineMs: () => 5_000,
    supported: () => ({ available: true, method: 'none' }),
    run: async () => {
      await does();
      return { method: 'none', metrics: {} };
    },
  });
}

describe('what stays after many runs', () => {
  const kept: unknown[] = [];
  const sockets: Socket[] = [];
  const children: ChildProcess[] = [];
  const timers: NodeJS.Timeout[] = [];
  afterEach(async () => {
    kept.length = 0;
    for (const timer of timers.splice(0)) clearTimeout(timer);
    for (const socket of sockets.splice(0)) socket.close();
    for (const child of children.splice(0)) {
      child.kill();
      await once(child, 'exit');
    }
  });

  it('is nothing where nothing was left', async () => {
    expect(
      await whatStays(
        probeThat(() => undefined),
        ORDER,
        RUNS,
      ),
    ).toEqual([]);
  });

  it.each([
    ['objects', () => kept.push(Array.from({ length: 10_000 }, (_, index) => ({ index }))), /^heap memory grew by \d+ bytes/],
    ['buffers', () => kept.push(Buffer.alloc(500_000, 1)), /^external memory grew by \d+ bytes/],
    ['a temporary folder', () => mkdtempSync(join(tmpdir(), 'left-')), /^the temporary file left-/],
    ['an open socket', () => sockets.push(createSocket('udp4').bind().unref()), /more of "socket"$/],
    ['a timer', () => timers.push(setTimeout(() => undefined, 60_000)), /more of "timer"$/],
  ] as const)('is told where each run leaves %s', { timeout: 30_000 }, async (_, leave, told) => {
    expect(
      await whatStays(
        probeThat(() => void leave()),
        ORDER,
        RUNS,
      ),
    ).toContainEqual(expect.stringMatching(told));
  });

  it('is told of a single child', { timeout: 30_000 }, async () => {
    let runs = 0;
    const probe = probeThat(() => {
      if (++runs === RUNS / 2) children.push(spawn('sleep', ['60'], { stdio: 'ignore' }));
    });
    expect(await whatStays(probe, ORDER, RUNS)).toEqual(['1 more of "child"']);
  });

  it('has a line for each way in which a run should not have ended', async () => {
    const refused = probeThat(() => Promise.reject(new ProbeFailure('REFUSED', 'nothing listens')));
    expect(await whatStays(refused, ORDER, RUNS)).toEqual([expect.stringMatching(/^\d+ ended as FAILED \(REFUSED: nothing listens\)$/)]);
    expect(await whatStays(refused, { ...ORDER, ends: 'REFUSED' }, RUNS)).toEqual([]);
    expect(
      await whatStays(
        probeThat(() => undefined),
        { ...ORDER, ends: 'REFUSED' },
        RUNS,
      ),
    ).toEqual([expect.stringMatching(/ended as OK$/)]);
  });
});
