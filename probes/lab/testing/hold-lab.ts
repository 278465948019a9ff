import { Lab } from '../lab.js';

/*
 * A process that makes a lab and keeps it until it is ended: for the tests of what becomes of a lab then. It never closes the lab itself.
 */

const lab = await Lab.pair({ impairments: {} });
await lab.serveTcp('server', { kind: 'accept' });
process.stdout.write(`${JSON.stringify({ name: lab.name, pids: lab.pids })}\n`);
process.stdin.resume().on('end', () => process.exit(0));
