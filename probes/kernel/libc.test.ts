import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { memoryNow } from '../testing/memory.js';
import { kernelAvailability, libc } from './libc.js';

const kernel = kernelAvailability();
const why = kernel.available ? '' : ` (skipped: ${kernel.reason})`;
const O_RDONLY = 0;
const MB = 2 ** 20;

describe.skipIf(!kernel.available)(`memory for the C library${why}`, () => {
  it('is given back when nobody holds it any more', async () => {
    const before = await memoryNow();
    for (let count = 0; count < 200; count++) libc().allocate(MB).buffer.fill(1);
    expect((await memoryNow()).resident - before.resident).toBeLessThan(50 * MB);
  });

  it('is where its address says, and zero', () => {
    const { buffer, address } = libc().allocate(64);
    expect(buffer).toEqual(Buffer.alloc(64));
    const fd = libc().open('/proc/self/comm', O_RDONLY);
    const length = libc().read(fd, Number(address), buffer.length);
    libc().close(fd);
    expect(buffer.toString('utf8', 0, length)).toBe(readFileSync('/proc/self/comm', 'utf8'));
  });
});
