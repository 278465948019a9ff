import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';

const MODULE = JSON.stringify(new URL('../dist/cli/quiet-engine.js', import.meta.url).href);

describe('the quiet engine', () => {
  it('asks for nothing that the V8 of this Node does not know: V8 would say so each time an agent starts', async () => {
    const program = `import { quietEngine } from ${MODULE}; quietEngine();`;
    const { stdout, stderr } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', program]);
    expect({ stdout, stderr }).toEqual({ stdout: '', stderr: '' });
  });
});
