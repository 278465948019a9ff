import { loadAgentConfig, startAgent } from '../main.js';
import { TEST_PLUG_INS } from './plug-ins.js';

/** An agent as a process of its own, with the test probes, set up by the environment: what a test kills. */
const stop = new AbortController();
process.once('SIGTERM', () => stop.abort());
const agent = await startAgent(await loadAgentConfig({ plugins: TEST_PLUG_INS, logLevel: 'debug' }), { signal: stop.signal });
await agent.stopped;
