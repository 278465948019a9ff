import { describe, expect, it } from 'vitest';
import { judgesTarget, PROBE_ERROR_CODES, ProbeFailure } from './error.js';

describe('a failure', () => {
  it('keeps its code, its message and what caused it', () => {
    const cause = new Error('connect ECONNREFUSED');
    expect(new ProbeFailure('REFUSED', 'nothing listens on port 9', { cause })).toMatchObject({
      code: 'REFUSED',
      message: 'nothing listens on port 9',
      cause,
    });
  });

  it('says something of the target only when the agent could try', () => {
    const judging = PROBE_ERROR_CODES.filter((code) => judgesTarget(code));
    expect(judging).toEqual(['TIMEOUT', 'REFUSED', 'UNREACHABLE', 'DENIED', 'DNS_FAILURE', 'TLS_FAILURE', 'PROTOCOL', 'ASSERTION_FAILED']);
  });
});
