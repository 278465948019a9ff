/** What the author of a probe imports, ours or a plug-in. The suite that it must pass is in `conformance.ts`, apart, since it is for tests. */
export * from './error.js';
export * from './flow.js';
export * from './flows.js';
export * from './metric.js';
export * from './numbers.js';
export * from './probe.js';
export * from './run.js';
export * from './stats.js';
export * from './target.js';
/** The library that settings are written in: a plug-in takes ours, so that both mean the same. */
export { z } from 'zod';
