import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runTests } from './run-tests.mjs';

/** Real runs of Vitest over a folder of test files of their own. */
describe('the run of all tests', () => {
  let root = '';
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'streamswarm-run-tests-'));
  });
  afterEach(() => {
    rmSync(root, { recursive: true, force: true });
  });

  const write = (name: string, body: string): void => {
    writeFileSync(join(root, name), `import { existsSync, writeFileSync } from 'node:fs';\n${body}`);
  };
  const run = (): ReturnType<typeof runTests> =>
    runTests({ root, report: join(root, 'report.json'), args: ['--globals'], env: { ...process.env, VITEST: '' }, stdio: 'ignore' });
  /** Fails when it is run for the first time. */
  const late = (name: string): string => {
    const mark = JSON.stringify(join(root, `${name}-was-here`));
    return `test('${name}', () => { const again = existsSync(${mark}); writeFileSync(${mark}, ''); expect(again).toBe(true); });`;
  };

  it('counts what passed and what was skipped', () => {
    write('good.test.mjs', `test('one', () => {}); test('two', () => {}); test.skip('three', () => {});`);
    expect(run()).toEqual({ passed: 2, failed: 0, skipped: 1, again: [] });
  });

  it('counts as failed what fails twice', () => {
    write('good.test.mjs', `test('one', () => {});`);
    write('bad.test.mjs', `test('wrong', () => expect(1).toBe(2)); ${late('late')}`);
    expect(run()).toEqual({ passed: 1, failed: 2, skipped: 0, again: [] });
  });

  it('names what passed alone only', () => {
    write('good.test.mjs', `test('one', () => {});`);
    write('late.test.mjs', late('needs the machine'));
    expect(run()).toEqual({ passed: 2, failed: 0, skipped: 0, again: ['needs the machine'] });
  });

  it('counts a file that can’t be loaded', () => {
    write('good.test.mjs', `test('one', () => {});`);
    write('broken.test.mjs', `throw new Error('no test is reached');`);
    expect(run()).toEqual({ passed: 1, failed: 1, skipped: 0, again: [] });
  });

  it('does not try again where many files fail', () => {
    for (let file = 0; file < 6; file += 1) write(`late-${file}.test.mjs`, late(`late ${file}`));
    expect(run()).toEqual({ passed: 0, failed: 6, skipped: 0, again: [] });
  });
});
