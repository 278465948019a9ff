import { describe, expect, it } from 'vitest';
import { fuzzInProcess } from './testing/fuzz/in-process.js';

describe('malformed operations and payloads', () => {
  it('are refused with a code of the contract over both transports: no 5xx, no error of ours, no crash', { timeout: 240_000 }, async () => {
    const report = await fuzzInProcess(1500, 1);
    expect(report.faults).toEqual({});
    expect(report.errorsLogged).toEqual([]);
    // It is no use when all of it is refused at the door.
    expect(Object.keys(report.codes)).toEqual(
      expect.arrayContaining(['data', 'BAD_USER_INPUT', 'NOT_FOUND', 'FORBIDDEN', 'UNAUTHENTICATED']),
    );
  });
});
