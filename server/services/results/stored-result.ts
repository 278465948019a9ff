import type { Dialect } from '../store/dialect.js';
import type { MetricSet } from './codec.js';

/** A stored result, its packed columns still packed. Times as they are: ms since 1970. */
export interface StoredResult {
  readonly seq: number;
  readonly id: string;
  readonly testId: string;
  readonly agentId: string;
  readonly targetId: string;
  readonly at: number;
  readonly scheduledAt: number;
  readonly receivedAt: number;
  readonly sequence: number;
  readonly revision: number;
  readonly status: string;
  readonly set: MetricSet;
  readonly numbers: string;
  readonly bounds: string | null;
  readonly runs: string;
}

/** Which results of a test; times in ms since 1970, `from` and `to` of their start, `to` exclusive. */
export interface ResultFilter {
  readonly agentId?: string | null;
  readonly targetId?: string | null;
  readonly from?: number;
  readonly to?: number;
  readonly receivedAfter?: number;
}

/** A result's place in a list that is newest first. */
export interface ResultKey {
  readonly at: number;
  readonly seq: number;
}

/** The same as it is read. */
export interface Row extends Omit<StoredResult, 'id' | 'status' | 'set' | 'scheduledAt' | 'receivedAt'> {
  readonly hex: string;
  readonly scheduled: number;
  readonly received: number;
  readonly status: number;
  readonly metricSet: number;
}

/** What is read of a result `r` and its assignment `a`. */
export const columns = ({
  hexFromId,
}: Dialect): string => `r.seq, ${hexFromId('r.id')} as hex, a.test_id as "testId", a.agent_id as "agentId", a.target_id as "targetId", r.at, r.scheduled, r.received,
  r.sequence, r.revision, r.status, r.metric_set as "metricSet", r.numbers, r.bounds, r.runs`;
/** Joined to results `r`: those of tests that were not deleted. */
export const VISIBLE = 'join assignment a on a.id = r.assignment join test t on t.id = a.test_id and t.deleted_at is null';
