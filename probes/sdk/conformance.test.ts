import { spawn } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { createServer, connect, type Server, type AddressInfo } from 'node:net';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { conformance, shapeProblems, testProbe, type ConformanceOptions } from './conformance.js';
import { ProbeFailure } from './error.js';
import type { Json, Probe } from './probe.js';
import { parseTarget } from './target.js';
import { exampleProbe, exampleSettings, goodRun } from './testing/example-probe.js';

let server: Server;
let refusedPort: number;
const open: { destroy(): void }[] = [];

const portOf = (listening: Server): number => (listening.address() as AddressInfo).port;

beforeAll(async () => {
  server = createServer((socket) => socket.on('error', () => socket.destroy()).resume()).listen(0, '127.0.0.1');
  const closed = createServer().listen(0, '127.0.0.1');
  await Promise.all([once(server, 'listening'), once(closed, 'listening')]);
  refusedPort = portOf(closed);
  closed.close();
  await once(closed, 'close');
});

afterAll(() => {
  for (const held of open) held.destroy();
  server.close();
});

const options: ConformanceOptions = {
  target: () => parseTarget(`127.0.0.1:${portOf(server)}`),
  unreachable: { target: () => parseTarget(`127.0.0.1:${refusedPort}`) },
};

testProbe(exampleProbe(), options, { describe, it });

/** Names of the checks that a probe does not pass, with what they say. */
async function failures(probe: Probe, extra: Partial<ConformanceOptions> = {}): Promise<Record<string, string>> {
  const failed: Record<string, string> = {};
  for (const check of conformance(probe, { ...options, ...extra })) {
    await check.run().catch((error: unknown) => {
      failed[check.name] = error instanceof Error ? error.message : String(error);
    });
  }
  return failed;
}

describe('the suite catches a probe whose numbers', () => {
  const CHECK = 'gives each declared metric a possible value or a reason, and nothing undeclared';

  it('are missing without a reason', async () => {
    const probe = exampleProbe(async (settings, context) => ({ ...(await goodRun(settings, context)), absent: {} }));
    expect(await failures(probe)).toEqual({ [CHECK]: '"example.extra" has neither a value nor a reason' });
  });

  it.each([
    ['are no numbers', { 'example.time': Number.NaN }, '"example.time" is NaN'],
    ['are negative times', { 'example.time': -1 }, '"example.time" is -1 ms, which cannot be'],
    ['are more than 100 %', { 'example.loss': 101 }, '"example.loss" is 101 %, which cannot be'],
    ['count halves', { 'example.sent': 2.5 }, 'a COUNT is a whole number'],
    ['do not agree with their own counts', { 'example.loss': 30 }, '"example.loss" is 30, but example.answered / example.sent is 2 / 2'],
    ['were never declared', { 'example.other': 1 }, '"example.other" is not declared'],
    ['are absent and present at once', { 'example.extra': 1 }, 'has a value and a reason to be absent'],
  ])('%s', async (_, wrong, message) => {
    const probe = exampleProbe(async (settings, context) => {
      const good = await goodRun(settings, context);
      return { ...good, metrics: { ...good.metrics, ...wrong } };
    });
    expect((await failures(probe))[CHECK]).toContain(message);
  });
});

describe('the suite catches a probe that leaves behind', () => {
  const CHECK = 'leaves no descriptor, child, timer or temporary file behind';

  it('a socket', async () => {
    const probe = exampleProbe(async (settings, context) => {
      const socket = connect({ host: context.target.host, port: context.target.port ?? 0 });
      socket.on('error', () => socket.destroy());
      open.push(socket);
      return goodRun(settings, context);
    });
    expect((await failures(probe))[CHECK]).toMatch(/5 runs left \d+ of "socket" behind/);
  });

  it('a child', async () => {
    const probe = exampleProbe(async (settings, context) => {
      const child = spawn('sleep', ['60'], { stdio: 'ignore' });
      await once(child, 'spawn');
      open.push({ destroy: () => child.kill() });
      return goodRun(settings, context);
    });
    expect((await failures(probe, { parallel: 2 }))[CHECK]).toMatch(/of "child" behind/);
  });

  it('a timer', async () => {
    const probe = exampleProbe(async (settings, context) => {
      const timer = setTimeout(() => undefined, 60_000);
      open.push({ destroy: () => clearTimeout(timer) });
      return goodRun(settings, context);
    });
    expect((await failures(probe))[CHECK]).toMatch(/of "timer" behind/);
  });

  it('a temporary file', async () => {
    const probe = exampleProbe(async (settings, context) => {
      mkdtempSync(join(tmpdir(), 'left-'));
      return goodRun(settings, context);
    });
    // Only the checks that count what is left behind: the others would litter the real temporary folder.
    const check = conformance(probe, options).find(({ name }) => name === CHECK);
    await expect(check?.run()).rejects.toThrow(/the temporary file left-\w+ is left behind/);
  });
});

describe('the suite catches a probe that', () => {
  it('does not heed its signal', async () => {
    const stubborn = exampleProbe(async (settings, context) => {
      if (settings.count === 10) await new Promise((resolve) => setTimeout(resolve, 3_000).unref());
      return goodRun(settings, context);
    });
    const failed = await failures(stubborn, { slow: { target: options.target, settings: { count: 10 } } });
    expect(failed['ends when it is aborted']).toMatch(/went on for 1000 ms after it was aborted/);
  });

  it('changes the settings that it was given', async () => {
    const given = { count: 2 };
    const good = exampleProbe();
    const greedy: Probe = { ...good, run: (settings, context) => good.run(Object.assign(settings as object, { count: 3 }), context) };
    expect(await failures(greedy, { settings: given })).toHaveProperty('leaves what it was given as it was');
  });

  it('throws a bug at a target that it cannot reach', async () => {
    const probe = exampleProbe(async (settings, context) => {
      if (context.target.port === refusedPort) throw new TypeError('x is undefined');
      return goodRun(settings, context);
    });
    expect((await failures(probe))['tells why a target cannot be reached']).toContain("the fault is the target's, not the agent's");
  });

  it('takes a target that it cannot reach for a success', async () => {
    const probe = exampleProbe(async (settings, context) =>
      context.target.port === refusedPort ? { method: 'none', metrics: {}, absent: {} } : goodRun(settings, context),
    );
    expect((await failures(probe))['tells why a target cannot be reached']).toContain('it must give an error');
  });

  it('cannot run twice at once', async () => {
    let busy = false;
    const probe = exampleProbe(async (settings, context) => {
      if (busy) throw new ProbeFailure('PERMISSION', 'the socket is taken');
      busy = true;
      return goodRun(settings, context).finally(() => (busy = false));
    });
    expect(Object.keys(await failures(probe))).toEqual(['runs many times side by side']);
  });

  it('gives details that do not survive JSON', async () => {
    const details = { at: new Date() } as unknown as Json;
    const probe = exampleProbe(async (settings, context) => ({ ...(await goodRun(settings, context)), details }));
    expect((await failures(probe))['gives a run that survives JSON, within its own deadline']).toBe(
      'the run.details.at is a Date: give plain data',
    );
  });
});

describe('the suite catches settings that', () => {
  const withSetting = (name: string, setting: z.ZodType): Probe => exampleProbe(goodRun, exampleSettings.extend({ [name]: setting }));

  it('are not described', async () => {
    expect((await failures(withSetting('quiet', z.boolean().default(false))))['describes each setting']).toBe(
      'setting "quiet" has no description',
    );
  });

  it('have no default', async () => {
    const probe = withSetting('needed', z.boolean().describe('Needed'));
    const failed = await failures(probe, { settings: { needed: true } });
    expect(failed).toEqual({});
    expect(Object.keys(await failures(probe))).toContain('has a default for each setting, and complete settings stay as they are');
  });

  it('take any text', async () => {
    const failed = await failures(withSetting('host', z.string().default('').describe('Host')));
    for (const what of ['a leading dash', 'shell characters', 'a NUL', '64 kB of text', 'an emoji']) {
      expect(failed['refuses hostile values and names their setting']).toContain(`setting "host" accepts ${what}`);
    }
  });

  it('may hold any text, but not any length of it, when the suite is told so', async () => {
    const failed = await failures(withSetting('body', z.string().default('').describe('Body')), { freeText: ['body'] });
    expect(failed['refuses hostile values and names their setting']).toBe('setting "body" accepts 64 kB of text');
  });

  it('take any number', async () => {
    const failed = await failures(withSetting('size', z.number().default(1).describe('Size')));
    expect(failed['refuses hostile values and names their setting']).toContain('setting "size" accepts a huge number');
  });

  it('take unknown keys', async () => {
    const good = exampleProbe();
    const known = (settings: unknown): unknown => ({ count: (settings as { count?: number } | undefined)?.count ?? 2 });
    const lax: Probe = {
      ...good,
      parseSettings: (settings) => good.parseSettings(known(settings)),
      run: (settings, context) => good.run(known(settings), context),
    };
    expect((await failures(lax))['refuses unknown settings and names them']).toContain('setting "unknown_setting" accepts');
  });

  it('differ from their JSON Schema', async () => {
    const lax: Probe = { ...exampleProbe(), settingsSchema: { type: 'object', properties: {} } };
    expect(await failures(lax)).toEqual({
      'has a JSON Schema of its settings that agrees with it': 'the JSON Schema accepts an unknown setting',
    });
  });
});

describe('the shape of a probe', () => {
  it('is what defineProbe returns', () => {
    expect(shapeProblems(exampleProbe())).toEqual([]);
  });

  it.each([
    [null, 'it is no object'],
    [{}, 'the method run is missing'],
    [{ ...exampleProbe(), name: 'Bad Name' }, 'the name "Bad Name" is malformed'],
    [{ ...exampleProbe(), version: 'latest' }, 'the version "latest" is not a semantic version'],
    [{ ...exampleProbe(), title: ' ' }, 'the title is missing'],
    [{ ...exampleProbe(), metrics: exampleProbe().metrics.slice(1) }, 'the first metric must be "example.ok"'],
    [{ ...exampleProbe(), metrics: [...exampleProbe().metrics, exampleProbe().metrics[1]] }, 'metric "example.time" is declared twice'],
    [
      { ...exampleProbe(), metrics: exampleProbe().metrics.filter(({ id }) => id !== 'example.sent') },
      'undeclared denominator "example.sent"',
    ],
    [
      { ...exampleProbe(), metrics: exampleProbe().metrics.map((metric) => ({ ...metric, unit: 'furlong' })) },
      'the unknown unit "furlong"',
    ],
  ])('is not %#', (value, problem) => {
    expect(shapeProblems(value).join('\n')).toContain(problem);
  });
});
