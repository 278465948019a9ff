import { fileURLToPath } from 'node:url';
import type { ProbeSources } from '../pool/protocol.js';

const compiled = fileURLToPath(
  import.meta.url.includes('/dist/') ? new URL('./probes/', import.meta.url) : new URL('../../dist/agent/testing/probes/', import.meta.url),
);

/** Folders of the test probes: a careless one, one that misbehaves, a heavy one, one that reports on the others, one that asks routers. */
export const TEST_PLUG_INS: readonly string[] = ['sleeper', 'unruly', 'heavyweight', 'reporter', 'spender'].map(
  (name) => `${compiled}${name}`,
);

/** Where workers of a test find their probes. */
export const TEST_SOURCES: ProbeSources = { plugins: TEST_PLUG_INS, base: process.cwd() };
