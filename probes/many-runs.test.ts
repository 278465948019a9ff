import { manyRuns } from './testing/many-runs-suite.js';

manyRuns({ usual: 200, others: 60 }, 60_000);
