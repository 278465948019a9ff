import { Agent } from '../../entities/agent.js';
import { ReportStatus } from '../../entities/report-status.js';
import { Report } from '../../entities/report.js';
import { Test } from '../../entities/test.js';
import { User } from '../../entities/user.js';
import { badUserInput, notFound, type FieldProblem } from '../../errors.js';
import type { EntityManager } from '../../orm.js';
import type { ServerPubSub } from '../../pubsub.js';
import type { AuditService, Caller } from '../audit.js';
import { requireRange } from '../scope.js';

const LONGEST_TITLE = 200;
const MOST_TESTS = 100;
const CANNOT_PRINT = 'This version keeps the order but cannot print reports yet: update the server and ask for it again.';

/** What a person asks for. */
export interface ReportSpec {
  readonly title?: string | null;
  readonly testIds: readonly string[];
  readonly agentIds?: readonly string[] | null;
  readonly from: Date;
  readonly to: Date;
  readonly sections?: readonly string[] | null;
}

/** Takes orders for reports. */
export class ReportsService {
  constructor(
    private readonly audit: AuditService,
    private readonly pubsub: ServerPubSub,
  ) {}

  /** @throws ApiError NOT_FOUND */
  async get(em: EntityManager, id: string): Promise<Report> {
    const report = await em.findOne(Report, { id });
    if (!report) throw notFound('report');
    return report;
  }

  /** Keeps the order. Nothing prints reports yet, so it FAILED at once, and says so. @throws ApiError BAD_USER_INPUT */
  async create(caller: Caller, spec: ReportSpec): Promise<Report> {
    const { em, identity } = caller;
    await check(em, spec);
    const { testIds, agentIds, from, to, sections } = spec;
    const report = new Report();
    report.title = spec.title?.trim() || 'Report';
    report.order = { testIds, agentIds: agentIds ?? null, from: from.toISOString(), to: to.toISOString(), sections: sections ?? null };
    report.status = ReportStatus.FAILED;
    report.error = CANNOT_PRINT;
    if (identity.kind === 'user') report.createdBy = em.getReference(User, identity.user.id);
    em.persist(report);
    this.audit.add(caller, { action: 'report.create', subject: report.id, details: { title: report.title, testIds } });
    await em.flush();
    this.pubsub.publish('reportChanged', { reportId: report.id });
    return report;
  }

  /** @throws ApiError NOT_FOUND */
  async remove(caller: Caller, id: string): Promise<void> {
    const report = await this.get(caller.em, id);
    caller.em.remove(report);
    this.audit.add(caller, { action: 'report.delete', subject: id, details: { title: report.title } });
    await caller.em.flush();
  }
}

async function check(em: EntityManager, { title, testIds, agentIds, from, to }: ReportSpec): Promise<void> {
  requireRange(from, to, 'input.from');
  const problems: FieldProblem[] = [];
  if ((title ?? '').length > LONGEST_TITLE)
    problems.push({ path: 'input.title', message: `title must be at most ${LONGEST_TITLE} characters.` });
  if (testIds.length === 0 || testIds.length > MOST_TESTS)
    problems.push({ path: 'input.testIds', message: `A report is about 1 to ${MOST_TESTS} tests.` });
  const tests = new Set((await em.find(Test, { id: { $in: [...testIds] }, deletedAt: null }, { fields: ['id'] })).map(({ id }) => id));
  const agents = new Set((await em.find(Agent, { id: { $in: [...(agentIds ?? [])] } }, { fields: ['id'] })).map(({ id }) => id));
  problems.push(...unknown('input.testIds', 'test', testIds, tests), ...unknown('input.agentIds', 'agent', agentIds ?? [], agents));
  const [first, ...others] = problems;
  if (first) throw badUserInput(first, ...others);
}

function unknown(path: string, what: string, ids: readonly string[], known: ReadonlySet<string>): FieldProblem[] {
  return ids.flatMap((id, index) => (known.has(id) ? [] : [{ path: `${path}.${index}`, message: `There is no ${what} "${id}".` }]));
}
