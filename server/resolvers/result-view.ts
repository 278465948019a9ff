import { ResultStatus, TestResult } from '../entities/result.js';
import type { StoredResult } from '../services/results/reader.js';

/** A stored result as GraphQL shows it: what is packed is unpacked only by the fields that are selected. */
export class TestResultView extends TestResult {
  constructor(readonly stored: StoredResult) {
    super();
    const { id, sequence, revision, scheduledAt, at, receivedAt, status } = stored;
    Object.assign(this, { id, sequence, revision, status: ResultStatus[status as ResultStatus] });
    this.scheduledAt = new Date(scheduledAt);
    this.startedAt = new Date(at);
    this.receivedAt = new Date(receivedAt);
  }
}
