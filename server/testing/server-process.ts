import { startServer } from '../main.js';

/** A server in a process of its own, for tests that kill it: data folder and port are its arguments, its address goes to the parent. */
const [, , data, port = '0'] = process.argv;
const logLevel = process.env.STREAMSWARM_LOG_LEVEL === 'error' ? 'error' : 'silent';
const app = await startServer({ data, port: Number(port), logLevel });
process.send?.({ url: app.url, setupUrl: app.setupUrl });
