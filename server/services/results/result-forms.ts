import { formOf, type RunForm } from './codec.js';
import { DetailSplitter } from './detail-splitter.js';
import { Forms } from './forms.js';

/** What results name by numbers: the forms of their runs and of these runs' details. Both stand in one table. */
export interface ResultForms {
  readonly runs: Forms<RunForm>;
  readonly details: Forms<unknown>;
  readonly splitter: DetailSplitter;
}

/** With nothing in memory. */
export function resultForms(): ResultForms {
  return {
    runs: new Forms({ parse: formOf, onlyRepeated: false }),
    // Details may hold whatever a probe saw, like the names of processes.
    details: new Forms<unknown>({ parse: JSON.parse, onlyRepeated: true }),
    splitter: new DetailSplitter(),
  };
}
