// @ts-check
// `npm test`: set-up, then every check, all of them even after one has failed. The last line counts them.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { ensureBuilt } from './build.mjs';
import { runTests } from './run-tests.mjs';
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
const outcome = runTests({
  root: ROOT,
  report: join(ROOT, 'dist', 'test-report.json'),
  env: { ...process.env, ...(long ? { STREAMSWARM_LONG: '1' } : {}) },
});
passed += outcome.passed;
failed += outcome.failed;
for (const name of outcome.again) console.log(`passed only when run once more, alone: ${name}`);
console.log(`\n${passed} passed, ${failed} failed${outcome.skipped > 0 ? `, ${outcome.skipped} skipped` : ''}`);
process.exitCode = failed === 0 ? 0 : 1;
