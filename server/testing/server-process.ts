import { startServer } from '../main.js';

/** A server in a process of its own, for tests that kill it: the data folder is its argument, its address goes to the parent. */
const app = await startServer({ data: process.argv[2], port: 0, logLevel: 'silent' });
process.send?.({ url: app.url });
