import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PROBE_CATALOGUE } from './catalogue.js';
import { conformance } from './sdk/conformance.js';
import { parseTarget } from './sdk/target.js';
import { builtInProbes, loadProbe, loadProbes, ProbeLoadError } from './registry.js';

/** The SDK as a plug-in finds it: compiled. The tests' set-up builds it. */
const SDK = pathToFileURL(join(import.meta.dirname, '..', 'dist', 'probes', 'sdk', 'index.js')).href;
const ZOD = import.meta.resolve?.('zod') ?? 'zod';

let base: string;

beforeAll(() => {
  base = mkdtempSync(join(tmpdir(), 'plug-ins-'));
});
afterAll(() => rmSync(base, { recursive: true, force: true }));

function write(path: string, text: string): void {
  mkdirSync(dirname(join(base, path)), { recursive: true });
  writeFileSync(join(base, path), text);
}

const plugIn = (name: string, metric: string): string => `
import { defineMetrics, defineProbe } from '${SDK}';
import { z } from '${ZOD}';
const metrics = defineMetrics({ '${metric}': { unit: 'ms', kind: 'LEVEL', title: 'Tide', description: 'Height of the tide; absent at ebb.' } });
export default defineProbe({
  name: '${name}', title: 'Tide', description: 'Measures the tide.', version: '1.2.3', metrics, settings: z.object({}),
  deadlineMs: () => 1000,
  supported: () => ({ available: true, method: 'a stick' }),
  run: async () => ({ method: 'a stick', metrics: { '${metric}': 1.5 } }),
});`;

const rejection = (promise: Promise<unknown>): Promise<unknown> => promise.then(() => undefined, (error: unknown) => error); // prettier-ignore

describe('our own probes', () => {
  it.each(builtInProbes)('%s is loaded by its name and measures what the catalogue says', async (name) => {
    const probe = await loadProbe(name);
    const entry = PROBE_CATALOGUE.find((listed) => listed.name === name);
    expect(probe.name).toBe(name);
    expect(probe.title).toBe(entry?.title);
    expect(probe.metrics.slice(1).map(({ id }) => id)).toEqual(Object.keys(entry?.metrics ?? {}));
  });

  it('stand in the order in which they are asked for', async () => {
    expect((await loadProbes(['system', 'ping'])).map(({ name }) => name)).toEqual(['system', 'ping']);
  });

  it.each(['constructor', '__proto__', 'toString'])('are not found under the name of a member of every object (%s)', async (name) => {
    expect(await rejection(loadProbe(name, base))).toBeInstanceOf(ProbeLoadError);
  });
});

describe('a plug-in', () => {
  it('may be a folder with an index.js', async () => {
    write('tide/index.js', plugIn('tide', 'tide.height'));
    write('tide/package.json', '{ "type": "module" }');
    const probe = await loadProbe('./tide', base);
    expect(probe.metrics.map(({ id }) => id)).toEqual(['tide.ok', 'tide.height']);
    expect((await loadProbe(join(base, 'tide'))).name).toBe('tide');
  });

  it('passes the suite of our own probes, though its SDK is another copy', async () => {
    write('checked/index.js', plugIn('checked', 'checked.height'));
    const probe = await loadProbe('./checked', base);
    for (const check of conformance(probe, { target: () => parseTarget('localhost') })) await check.run();
  });

  it.each([
    ['exports as a text', { exports: './lib/probe.js' }],
    ['exports by condition', { exports: { '.': { types: './x.d.ts', import: './lib/probe.js' } } }],
    ['exports with a default', { exports: { '.': { default: './lib/probe.js' }, './package.json': './package.json' } }],
    ['main', { main: 'lib/probe.js' }],
  ])('may be a package that gives its entry by %s', async (_, entry) => {
    const name = `@example/tide-${Object.keys(entry)[0]}-${JSON.stringify(entry).length}`;
    write(`node_modules/${name}/package.json`, JSON.stringify({ name, type: 'module', ...entry }));
    write(`node_modules/${name}/lib/probe.js`, plugIn('tide', 'tide.height'));
    mkdirSync(join(base, 'deeper', 'still'), { recursive: true });
    expect((await loadProbe(name, join(base, 'deeper', 'still'))).version).toBe('1.2.3');
  });
});

describe('what is no plug-in is refused with the reason', () => {
  it.each([
    ['nowhere-to-be-found', 'no package of that name is installed: npm install nowhere-to-be-found'],
    ['./nowhere', 'there is no folder'],
    ['; rm -rf', 'neither one of ours, nor a package name, nor a folder'],
    ['-g', 'neither one of ours'],
  ])('%s', async (name, message) => {
    const error = await rejection(loadProbe(name, base));
    expect(error).toBeInstanceOf(ProbeLoadError);
    expect((error as Error).message).toContain(message);
  });

  it('a module that throws', async () => {
    write('broken/index.js', 'throw new Error("the sea is gone");');
    expect(String(await rejection(loadProbe('./broken', base)))).toContain('the sea is gone');
  });

  it('a module that exports something else', async () => {
    write('other/index.mjs', 'export default { name: "other" };');
    write('other/package.json', '{ "main": "index.mjs" }');
    const error = String(await rejection(loadProbe('./other', base)));
    expect(error).toContain('"./other" is no probe');
    expect(error).toContain('the method run is missing');
    expect(error).toContain('metrics is no list');
  });
});

describe('a plug-in that claims what belongs to another', () => {
  beforeAll(() => {
    write('package.json', '{ "type": "module" }');
    write('thief/index.js', plugIn('thief', 'cpu.tide'));
    write('namesake/index.js', plugIn('traceroute', 'traceroute.tide'));
    write('first/index.js', plugIn('first', 'sea.height'));
    write('second/index.js', plugIn('second', 'sea.depth'));
    write('twin/index.js', plugIn('first', 'twin.height'));
  });

  it.each([
    [['./thief'], 'probe "thief" declares metrics under "cpu.", which belongs to probe "system"'],
    [['./namesake'], 'calls itself "traceroute", which is one of ours'],
    [['./first', './second'], 'probe "second" declares metrics under "sea.", which belongs to probe "first"'],
    [['./first', './twin'], 'two probes are called "first"'],
    [['ping', 'ping'], 'two probes are called "ping"'],
  ])('is refused: %j', async (names, message) => {
    const error = await rejection(loadProbes(names, base));
    expect(error).toBeInstanceOf(ProbeLoadError);
    expect((error as Error).message).toContain(message);
  });
});
