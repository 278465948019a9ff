import { fuzz } from './run.js';

// A process of its own, so that its heap is the server's, and that a crash of it is seen: node --expose-gc main.js COUNT SEED
const [count = '2000', seed = '1'] = process.argv.slice(2);
const report = await fuzz(Number(count), Number(seed));
process.stdout.write(`${JSON.stringify(report)}\n`);
