// @ts-check
// `npm test`: set-up, then every check, all of them even after one has failed. The last line counts them.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { ensureBuilt } from './build.mjs';
import { checkNode, ensureInstalled, ROOT } from './steps.mjs';

checkNode();
const long = process.argv.includes('--long');
ensureInstalled();
ensureBuilt('node', { tolerant: true });
ensureBuilt('dashboard');

/** @type {[name: string, ...command: string[]][]} */
const CHECKS = [
  ['types', 'node_modules/typescript/bin/tsc', '-p', 'tsconfig.json', '--noEmit', '--incremental', 'false'],
  ['types of the set-up', 'node_modules/typescript/bin/tsc', '-p', 'cli/setup/tsconfig.json'],
  ['types of the dashboard', 'node_modules/vue-tsc/bin/vue-tsc.js', '-p', 'dashboard/tsconfig.json', '--noEmit'],
  ['format', 'node_modules/prettier/bin/prettier.cjs', '--check', '--log-level', 'warn', '.'],
  ['lint and import rules', 'node_modules/eslint/bin/eslint.js', '--max-warnings', '0', '.'],
];

let passed = 0;
let failed = 0;
for (const [name, ...command] of CHECKS) {
  console.log(`\n== ${name}`);
  const { status } = spawnSync(process.execPath, command, { cwd: ROOT, stdio: 'inherit' });
  if (status === 0) passed++;
  else failed++;
  console.log(status === 0 ? `${name}: ok` : `${name}: FAILED`);
}

console.log('\n== tests');
const report = join(ROOT, 'dist', 'test-report.json');
rmSync(report, { force: true });
const { status } = spawnSync(
  process.execPath,
  ['node_modules/vitest/vitest.mjs', 'run', '--reporter=default', '--reporter=json', `--outputFile.json=${report}`],
  { cwd: ROOT, stdio: 'inherit', env: { ...process.env, ...(long ? { STREAMSWARM_LONG: '1' } : {}) } },
);
const results = existsSync(report)
  ? JSON.parse(readFileSync(report, 'utf8'))
  : { numPassedTests: 0, numFailedTests: 1, numPendingTests: 0 };
passed += results.numPassedTests;
failed += results.numFailedTests;
// A file that fails to load, or an error outside every test, has no test of its own to count.
if (status !== 0 && results.numFailedTests === 0) failed++;
const skipped = results.numPendingTests;
console.log(`\n${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`);
process.exitCode = failed === 0 ? 0 : 1;
