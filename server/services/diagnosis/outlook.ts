import { FailureRisk, Forecast } from '../../entities/forecast.js';
import { badUserInput } from '../../errors.js';
import type { EntityManager } from '../../orm.js';
import type { CatalogueService } from '../catalogue.js';
import { requireScope } from '../scope.js';

/** In place of a version where the schema wants one. */
const NO_MODEL = 'none';
const LONGEST_HORIZON = 366 * 86_400;

/** Whose future is asked for. */
export interface OutlookQuery {
  readonly testId: string;
  readonly agentId: string;
  readonly targetId: string;
  /** How far ahead, s. */
  readonly horizonSeconds: number;
}

/** Says what is to be expected. As long as there is no model, nothing is. */
export class OutlookService {
  constructor(private readonly catalogue: CatalogueService) {}

  /** @throws ApiError NOT_FOUND, BAD_USER_INPUT */
  async forecast(em: EntityManager, query: OutlookQuery & { readonly metric: string }): Promise<Forecast> {
    await this.check(em, query);
    const { metric, horizonSeconds } = query;
    if (!this.catalogue.metric(metric)) throw badUserInput({ path: 'metric', message: `There is no metric "${metric}".` });
    return Object.assign(new Forecast(), { metric, horizonSeconds, points: [], modelVersion: NO_MODEL, backtestError: null });
  }

  /** @throws ApiError NOT_FOUND, BAD_USER_INPUT */
  async failureRisk(em: EntityManager, query: OutlookQuery): Promise<FailureRisk> {
    await this.check(em, query);
    const missing = ['A model that was trained: this version learns nothing from results yet.'];
    const { horizonSeconds } = query;
    return Object.assign(new FailureRisk(), { probability: null, horizonSeconds, contributors: [], modelVersion: null, missing });
  }

  private async check(em: EntityManager, query: OutlookQuery): Promise<void> {
    const { horizonSeconds } = query;
    if (horizonSeconds < 1 || horizonSeconds > LONGEST_HORIZON) {
      throw badUserInput({ path: 'horizonSeconds', message: `horizonSeconds must be 1 to ${LONGEST_HORIZON} (a year).` });
    }
    await requireScope(em, query);
  }
}
