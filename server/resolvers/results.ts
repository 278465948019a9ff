import { Arg, Ctx, FieldResolver, ID, Mutation, Query, Resolver, Root, Subscription } from 'type-graphql';
import { Allow } from '../authorize.js';
import type { Context } from '../context.js';
import { Agent } from '../entities/agent.js';
import { Health } from '../entities/health.js';
import { MetricValue, ProbeErrorCode, ProbeRun, ResultStatus, SubmitReply, TestResult } from '../entities/result.js';
import { Target } from '../entities/target.js';
import { Test } from '../entities/test.js';
import { forbidden, notFound } from '../errors.js';
import type { Topics } from '../pubsub.js';
import { Json } from '../scalars.js';
import { eachNumber, unpackBounds, type RunHead } from '../services/results/codec.js';
import { measureSubmission } from '../telemetry/measured.js';
import { listen } from './listen.js';
import { loadersOf } from './loaders.js';
import { TestResultInput } from './result-inputs.js';
import { TestResultView } from './result-view.js';

@Resolver(() => TestResult)
export class ResultResolver {
  @Allow('VIEWER')
  @Query(() => TestResult, { nullable: true, description: 'One result; NOT_FOUND where there is none.' })
  result(@Arg('id', () => ID, { description: 'Which result.' }) id: string, @Ctx() context: Context): Promise<TestResult> {
    return resultById(context, id);
  }

  @Allow('AGENT')
  @Mutation(() => SubmitReply, {
    description:
      'Idempotent by result id. Each result stands alone: a bad one is rejected with its reason, the others are stored. accepted = committed: safe to forget.',
  })
  submitResults(
    // Checked one by one, so that a bad one rejects itself alone.
    @Arg('results', () => [TestResultInput], { validate: false, description: 'Any number, of any of its assignments.' })
    results: TestResultInput[],
    @Ctx() { identity, receivedAt, services }: Context,
  ): Promise<SubmitReply> {
    if (identity.kind !== 'agent') throw forbidden();
    const { telemetry, ingest } = services;
    return measureSubmission(telemetry, results, receivedAt, () => ingest.submit(identity.agent.id, results));
  }

  @Allow('VIEWER')
  @Subscription(() => TestResult, {
    description: 'A result was committed.',
    subscribe: ({ context, args }) => listen(context, 'resultAdded', (added) => isWanted(added, args)),
  })
  resultAdded(
    @Root() { resultId }: Topics['resultAdded'],
    @Ctx() context: Context,
    @Arg('testId', () => ID, { nullable: true, description: 'Only results of this test.' }) _testId?: string | null,
    @Arg('agentId', () => ID, { nullable: true, description: 'Only results of this agent.' }) _agentId?: string | null,
  ): TestResult | Promise<TestResult> {
    const fresh = context.services.ingest.fresh.get(resultId);
    return fresh ? new TestResultView(fresh, true) : resultById(context, resultId, true);
  }

  @FieldResolver(() => Test, { description: 'The test that it belongs to.' })
  test(@Root() { stored }: TestResultView, @Ctx() context: Context): Promise<Test> {
    return loadersOf(context).test.load(stored.testId);
  }

  @FieldResolver(() => Agent, { description: 'Who measured it.' })
  agent(@Root() { stored, told }: TestResultView, @Ctx() context: Context): Agent | Promise<Agent> {
    return told ? context.services.named.agent(stored.agentId) : loadersOf(context).agent.load(stored.agentId);
  }

  @FieldResolver(() => Target, { description: 'What was measured.' })
  target(@Root() { stored }: TestResultView, @Ctx() { services }: Context): Target | Promise<Target> {
    return services.named.target(stored.targetId);
  }

  @FieldResolver(() => [MetricValue], { description: 'Its numbers; what was not measured is among the absent of the runs.' })
  metrics(
    @Root() { stored }: TestResultView,
    @Ctx() { services }: Context,
    @Arg('ids', () => [ID], { nullable: true, description: 'Only these.' }) ids?: string[] | null,
  ): MetricValue[] {
    const bounds = unpackBounds(stored.bounds, stored.set);
    const wanted = ids && new Set(ids);
    const values: MetricValue[] = [];
    eachNumber(stored.numbers, stored.set, (metric, value) => {
      if (wanted && !wanted.has(metric)) return;
      values.push({ metric, value, unit: services.catalogue.metric(metric)?.unit ?? '1', errorBound: bounds.get(metric) ?? null });
    });
    return values;
  }

  @FieldResolver(() => [ProbeRun], { description: 'The runs, one a probe.' })
  async runs(@Root() { stored, told }: TestResultView, @Ctx() context: Context): Promise<ProbeRun[]> {
    // The forms of what was just stored are in memory.
    const heads = told ? (await context.services.results.runs([stored]))[0] : await loadersOf(context).runs.load(stored);
    return (heads ?? []).map((head, place) => runView(head, stored.seq, place));
  }

  @FieldResolver(() => Number, { nullable: true, description: 'How unusual it is; null where nothing judged it.' })
  anomalyScore(): number | null {
    return null;
  }

  @FieldResolver(() => Health, { nullable: true, description: 'How well objectives were met; null where nothing judged it.' })
  health(): Health | null {
    return null;
  }
}

@Resolver(() => ProbeRun)
export class ProbeRunResolver {
  @FieldResolver(() => Json, { nullable: true, description: 'Addresses, ports, family, DSCP, interface.' })
  async flow(@Root() run: ProbeRun, @Ctx() context: Context): Promise<unknown> {
    return run.kept ? run.kept.flow : ((await detailOf(run, context))?.flow ?? null);
  }

  @FieldResolver(() => Json, { nullable: true, description: 'What is not one number; its shape is documented with the probe.' })
  async details(@Root() run: ProbeRun, @Ctx() context: Context): Promise<unknown> {
    return (await detailOf(run, context))?.details ?? null;
  }
}

async function detailOf({ seq, place }: ProbeRun, context: Context): Promise<{ flow: unknown; details: unknown } | undefined> {
  return (await loadersOf(context).details.load(seq))[place];
}

async function resultById(context: Context, id: string, told = false): Promise<TestResult> {
  const stored = await loadersOf(context).resultById.load(id);
  if (!stored) throw notFound('result');
  return new TestResultView(stored, told);
}

function runView(head: RunHead, seq: number, place: number): ProbeRun {
  const { error, flow } = head;
  return {
    probe: head.probe,
    status: ResultStatus[head.status as ResultStatus],
    startedAt: head.startedAt,
    durationMs: head.durationMs,
    method: head.method,
    error: error && { code: ProbeErrorCode[error.code as ProbeErrorCode], message: error.message },
    absent: head.absent,
    seq,
    place,
    ...(flow === undefined ? {} : { kept: { flow } }),
  };
}

function isWanted({ testId, agentId }: Topics['resultAdded'], args: Record<string, unknown>): boolean {
  return (!args.testId || args.testId === testId) && (!args.agentId || args.agentId === agentId);
}
