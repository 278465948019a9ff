import { ResultStatus, TestResult } from '../entities/result.js';
import type { StoredResult } from '../services/results/stored-result.js';

/** A stored result as GraphQL shows it: what is packed is unpacked only by the fields that are selected. */
export class TestResultView extends TestResult {
  /** `told`: of an event, of which there may be hundreds a second. What it names is then taken from memory. */
  constructor(
    readonly stored: StoredResult,
    readonly told = false,
  ) {
    super();
    const { id, sequence, revision, scheduledAt, at, receivedAt, status } = stored;
    Object.assign(this, { id, sequence, revision, status: ResultStatus[status as ResultStatus] });
    this.scheduledAt = new Date(scheduledAt);
    this.startedAt = new Date(at);
    this.receivedAt = new Date(receivedAt);
  }
}
