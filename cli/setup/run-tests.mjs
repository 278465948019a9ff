// @ts-check
// Vitest's run, and what failed in it run once more by itself.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join, relative } from 'node:path';
import { ROOT } from './steps.mjs';

const VITEST = join(ROOT, 'node_modules', 'vitest', 'vitest.mjs');

/** With more files than these failed it is not chance, and a second run would only tell it later. */
const MOST_FILES_AGAIN = 5;

/**
 * @typedef {{ fullName: string, status: string }} Test
 * @typedef {{ name: string, status: string, assertionResults: Test[] }} TestFile `name` is its path
 * @typedef {{ numPassedTests: number, numFailedTests: number, numPendingTests: number, testResults: TestFile[] }} Report
 * @typedef {{ status: number | null, report: Report }} Run
 * @typedef {{ root: string, report: string, args?: string[], env?: NodeJS.ProcessEnv, stdio?: 'inherit' | 'ignore' }} Options `report`: the file to write it to
 * @typedef {{ passed: number, failed: number, skipped: number, again: string[] }} Outcome `again`: tests that passed at the second run only
 */

/**
 * Runs the tests. Files with a failure are run a second time, one by one with the machine to themselves: tests of real sockets and processes share two
 * cores with each other, and what passes alone failed for want of time, not of sense. Such tests are counted as passed and named, so that somebody looks.
 * @param {Options} options @returns {Outcome}
 */
export function runTests(options) {
  const first = runVitest(options);
  const counted = count(first);
  const files = failedFiles(first.report).map((path) => relative(options.root, path));
  if (counted.failed === 0 || files.length === 0 || files.length > MOST_FILES_AGAIN) return counted;
  console.log(`\n== once more, alone: ${files.join(', ')}`);
  const second = runVitest({ ...options, args: [...(options.args ?? []), ...files, '--no-file-parallelism'] });
  if (count(second).failed > 0 || second.report.numPassedTests === 0) return counted;
  return { ...counted, passed: counted.passed + first.report.numFailedTests, failed: 0, again: failedTests(first.report) };
}

/** @param {Options} options @returns {Run} */
function runVitest({ root, report, args = [], env = process.env, stdio = 'inherit' }) {
  rmSync(report, { force: true });
  const { status } = spawnSync(
    process.execPath,
    [VITEST, 'run', '--reporter=default', '--reporter=json', `--outputFile.json=${report}`, ...args],
    {
      cwd: root,
      stdio,
      env,
    },
  );
  const nothing = { numPassedTests: 0, numFailedTests: 1, numPendingTests: 0, testResults: [] };
  return { status, report: existsSync(report) ? JSON.parse(readFileSync(report, 'utf8')) : nothing };
}

/** @param {Run} run @returns {Outcome} */
function count({ status, report }) {
  const { numPassedTests: passed, numFailedTests, numPendingTests: skipped } = report;
  // A file that fails to load, or an error outside every test, has no test of its own to count.
  const failed = numFailedTests === 0 && status !== 0 ? 1 : numFailedTests;
  return { passed, failed, skipped, again: [] };
}

/** @param {Report} report */
function failedFiles({ testResults }) {
  return [...new Set(testResults.filter(({ status }) => status === 'failed').map(({ name }) => name))];
}

/** @param {Report} report */
function failedTests({ testResults }) {
  return testResults.flatMap(({ assertionResults }) =>
    assertionResults.filter(({ status }) => status === 'failed').map(({ fullName }) => fullName),
  );
}
