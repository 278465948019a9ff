import { describe, expect, it } from 'vitest';
import { fuzzInProcess, fuzzSeed } from './testing/fuzz/in-process.js';

describe('malformed operations and payloads', () => {
  it('are refused with a code of the contract over both transports: no 5xx, no error of ours, no crash', { timeout: 600_000 }, async () => {
    const seed = fuzzSeed();
    const { faults, errorsLogged, codes } = await fuzzInProcess(1500, seed);
    // The seed is in what is compared, so that a failure shows it: STREAMSWARM_FUZZ_SEED makes the same cases again.
    expect({ seed, faults, errorsLogged }).toEqual({ seed, faults: {}, errorsLogged: [] });
    // It is no use when all of it is refused at the door.
    expect(Object.keys(codes)).toEqual(
      expect.arrayContaining(['data', 'file', 'BAD_USER_INPUT', 'NOT_FOUND', 'FORBIDDEN', 'UNAUTHENTICATED']),
    );
  });
});
