import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { packageRoot } from './config.js';

const ROOT = packageRoot();
const NAMED_TESTS = /`([^`]+\.test\.ts)`: (“[^”]+”(?:, “[^”]+”)*)/g;

interface Promised {
  readonly promise: string;
  readonly tests: readonly { readonly file: string; readonly name: string }[];
}

/** The rows of the tables that have a column of tests, which is the last one. */
function promises(): Promised[] {
  const found: Promised[] = [];
  let isOfTests = false;
  for (const line of readFileSync(join(ROOT, 'docs/security.md'), 'utf8').split('\n')) {
    if (!line.startsWith('|')) isOfTests = false;
    else if (/^\| Promise .*\| Test \|$/.test(line)) isOfTests = true;
    else if (isOfTests && !line.startsWith('| ---')) {
      const cells = line.slice(2, -2).split(' | ');
      found.push({ promise: cells[0] ?? '', tests: testsIn(cells.at(-1) ?? '') });
    }
  }
  return found;
}

function testsIn(cell: string): { file: string; name: string }[] {
  return [...cell.matchAll(NAMED_TESTS)].flatMap(([, file = '', names = '']) =>
    [...names.matchAll(/“([^”]+)”/g)].map(([, name = '']) => ({ file, name })),
  );
}

/** Whether a file has a test or a group of tests with this name. */
function hasTest(file: string, name: string): boolean {
  const escaped = name.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  return new RegExp(`\\(\\s*(['"\`])${escaped}\\1,`).test(readFileSync(join(ROOT, file), 'utf8'));
}

describe('docs/security.md', () => {
  const all = promises();

  it('has the tables that are looked at', () => {
    expect(all.length).toBeGreaterThan(30);
  });

  it.each(all)('names tests that are there: $promise', ({ tests }) => {
    expect(tests).not.toEqual([]);
    const missing = tests.filter(({ file, name }) => !existsSync(join(ROOT, file)) || !hasTest(file, name));
    expect(missing).toEqual([]);
  });
});

describe('the documents', () => {
  it('name no test file that is not there', () => {
    const documents = readdirSync(join(ROOT, 'docs'), { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.md'));
    const named = documents.flatMap((document) =>
      [...readFileSync(join(ROOT, 'docs', document), 'utf8').matchAll(/`((?:[\w-]+\/)+[\w.-]+\.test\.ts)`/g)].map(([, file = '']) => ({
        document,
        file,
      })),
    );
    expect(named.length).toBeGreaterThan(30);
    expect(named.filter(({ file }) => !existsSync(join(ROOT, file)))).toEqual([]);
  });
});
