import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { quoteForShell } from './shell.js';

describe('words in a command that people copy', () => {
  it('stay readable where nothing has to be quoted', () => {
    expect(quoteForShell('http://10.0.0.1:4000')).toBe('http://10.0.0.1:4000');
  });

  it('reach the program unchanged, whatever they contain', () => {
    for (const word of ["Berlin's edge", '$(echo no)', '`id`; rm x', '"a" \\ b']) {
      expect(execFileSync('sh', ['-c', `printf %s ${quoteForShell(word)}`], { encoding: 'utf8' })).toBe(word);
    }
  });
});
