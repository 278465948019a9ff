import { manyRuns } from './testing/many-runs-suite.js';

manyRuns({ usual: 10_000, others: 10_000 }, 3_600_000);
