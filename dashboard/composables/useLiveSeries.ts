import { useApolloClient } from '@vue/apollo-composable';
import { onScopeDispose, ref, shallowRef, watch, type Ref } from 'vue';
import { SeriesRangeDocument } from '../graphql/generated.js';
import { toProblem, type Problem } from '../lib/errors.js';
import { windowOf, type Range, type Window } from '../lib/range.js';
import { fromWire, mergeTail, tailStart, type LiveSeries } from '../lib/series.js';
import { knowAgents } from './useAgentColours.js';
import { useConnection } from './useConnection.js';
import type { ResultFeed } from './useResultFeed.js';
import { useSoon } from './useSoon.js';

/** Points asked for a range: about as many as a wide chart has places for. */
const POINTS = 600;
/** Results of one cycle come in a burst: this long, in milliseconds, the question for the tail waits for the others. */
const BURST_MS = 120;
/** Where a bucket is longer, its tail is asked for this many times while it fills, but at least every so many milliseconds. */
const ASKS_A_BUCKET = 20;
const LONGEST_WAIT_MS = 10_000;

export interface LiveSeriesOptions {
  readonly testId: Ref<string>;
  readonly metrics: Ref<readonly string[]>;
  /** The agent and target to ask for, as `pairKey` names them; null: all of the test. */
  readonly pair: Ref<string | null>;
  readonly range: Ref<Range>;
  readonly feed: ResultFeed;
}

type Client = ReturnType<typeof useApolloClient>['client'];

async function fetchSeries(
  client: Client,
  testId: string,
  metrics: readonly string[],
  pair: string | null,
  { from, to }: Window,
  maxPoints: number,
): Promise<LiveSeries[]> {
  const times = { from: new Date(from).toISOString(), to: new Date(to).toISOString() };
  const [agentId, targetId] = pair?.split('>') ?? [];
  const narrow = agentId !== undefined && targetId !== undefined ? { agentIds: [agentId], targetIds: [targetId] } : {};
  const variables = { testId, metrics: [...metrics], ...narrow, ...times, maxPoints };
  const { data } = await client.query({ query: SeriesRangeDocument, variables, fetchPolicy: 'no-cache' });
  return data.series.map(fromWire);
}

/**
 * The series of a test over a range of time, kept up to date: the whole range at first and after the connection was lost (late results belong anywhere),
 * then only its tail each time a result comes. Memory is bounded by `mergeTail`.
 */
export function useLiveSeries(options: LiveSeriesOptions): {
  series: Ref<readonly LiveSeries[]>;
  loading: Ref<boolean>;
  problem: Ref<Problem | null>;
} {
  const { testId, metrics, pair, range, feed } = options;
  const { client } = useApolloClient();
  const series = shallowRef<readonly LiveSeries[]>([]);
  const loading = ref(true);
  const problem = ref<Problem | null>(null);
  let asked = 0;

  /** Runs one question; an answer that a later question has overtaken is dropped. */
  async function answer(question: Window, maxPoints: number, use: (answer: LiveSeries[]) => readonly LiveSeries[]): Promise<void> {
    const mine = ++asked;
    try {
      const answered = await fetchSeries(client, testId.value, metrics.value, pair.value, question, maxPoints);
      if (mine !== asked) return;
      knowAgents(answered.map(({ agent }) => agent.id));
      series.value = use(answered);
      problem.value = null;
    } catch (error) {
      if (mine === asked) problem.value = toProblem(error);
    }
    if (mine === asked) loading.value = false;
  }

  async function loadWhole(): Promise<void> {
    if (metrics.value.length > 0) await answer(windowOf(range.value, Date.now()), POINTS, (all) => all);
    else loading.value = false;
  }

  /** The tail in the same buckets as the rest: as many as fit make the server choose the same width. */
  async function loadTail(): Promise<void> {
    const window = windowOf(range.value, Date.now());
    const start = tailStart(series.value);
    const width = series.value[0]?.resolutionMs ?? 0;
    if (start === null || width <= 0 || start < window.from) return loadWhole();
    const buckets = Math.max(Math.ceil((window.to - start) / width), 1);
    await answer({ from: start, to: start + buckets * width }, buckets + 1, (tail) => mergeTail(series.value, tail, start, window.from));
  }

  const soon = useSoon(() => void loadTail());
  feed.onResult(() => {
    const width = series.value[0]?.resolutionMs ?? 0;
    if (range.value.kind === 'live') soon(Math.min(Math.max(width / ASKS_A_BUCKET, BURST_MS), LONGEST_WAIT_MS));
  });

  watch([testId, pair, range, () => metrics.value.join()], () => {
    loading.value = true;
    series.value = [];
    void loadWhole();
  });
  watch(useConnection().opened, () => void loadWhole());
  void loadWhole();
  onScopeDispose(() => void asked++);
  return { series, loading, problem };
}
