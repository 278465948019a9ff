import { bareRow, BareStore } from './bare-store.js';
import { Workload } from './workload.js';

/* The storage limit: the same rows into the same table, without a server. Arguments: the file, rows a transaction, rows. */

const [file = ':memory:', batch = '50', rows = '5000'] = process.argv.slice(2);
const store = await BareStore.open(file);
const target = { id: 'target', address: 'localhost', host: null, port: null, kind: 'HOST' };
const work = new Workload({ id: 'test', targets: [target] }, Date.now() - 86_400_000, 1000, false);
const ready = Array.from({ length: Number(rows) / Number(batch) }, () => work.next(Number(batch)).map(bareRow));
const begin = performance.now();
const before = process.cpuUsage();
for (const each of ready) await store.insert(each);
const { user, system } = process.cpuUsage(before);
process.send?.({ cpuMs: (user + system) / 1000 / Number(rows), perSecond: (Number(rows) * 1000) / (performance.now() - begin) });
process.disconnect();
