import { Verdict } from '../../entities/diagnosis-enums.js';
import { Health, HealthLevel } from '../../entities/health.js';
import { Diagnosis } from '../../entities/diagnosis.js';
import { TestAssignment } from '../../entities/test-assignment.js';
import { notFound } from '../../errors.js';
import type { EntityManager } from '../../orm.js';
import { requireRange, requireScope, type Scope } from '../scope.js';

const USUAL_RANGE_MS = 3_600_000;
/** Why nothing more can be told, whatever results say. */
export const NOTHING_JUDGES = 'This version does not judge results yet: it keeps and shows them.';

/** What is asked of a test; without times: its last hour. */
export interface DiagnosisQuery extends Scope {
  readonly testId: string;
  readonly from?: Date | null;
  readonly to?: Date | null;
}

/** Tells what can be told of tests. As long as nothing judges results, that is what is missing. */
export class DiagnosisService {
  /** @throws ApiError NOT_FOUND, BAD_USER_INPUT */
  async diagnose(em: EntityManager, query: DiagnosisQuery): Promise<Diagnosis> {
    const to = query.to ?? new Date();
    const from = query.from ?? new Date(to.getTime() - USUAL_RANGE_MS);
    requireRange(from, to);
    await requireScope(em, query);
    const missing = [...((await this.hasResults(em, query)) ? [] : ['No result has come yet.']), NOTHING_JUDGES];
    return Object.assign(new Diagnosis(), {
      ...{ testId: query.testId, agentId: query.agentId ?? null, from, to, missing },
      ...{ verdict: Verdict.INSUFFICIENT_DATA, health: unknown(missing), findings: [], excluded: [], anomalies: [] },
      summary: `Nothing can be told: ${missing.join(' ')}`,
    });
  }

  /** A person's judgement of a finding. @throws ApiError NOT_FOUND */
  judge(): never {
    throw notFound('finding');
  }

  private async hasResults(em: EntityManager, { testId, agentId, targetId }: DiagnosisQuery): Promise<boolean> {
    const pair = { ...(agentId ? { agent: agentId } : {}), ...(targetId ? { target: targetId } : {}) };
    return (await em.count(TestAssignment, { test: testId, ...pair, results: { $gt: 0 } })) > 0;
  }
}

/** The schema wants a score; with this level it says nothing. */
function unknown(reasons: readonly string[]): Health {
  return Object.assign(new Health(), { level: HealthLevel.UNKNOWN, score: 0, reasons });
}
