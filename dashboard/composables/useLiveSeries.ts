import { useApolloClient } from '@vue/apollo-composable';
import { onScopeDispose, ref, shallowRef, watch, type Ref } from 'vue';
import { SeriesRangeDocument } from '../graphql/generated.js';
import { toProblem, type Problem } from '../lib/errors.js';
import { windowOf, type Range, type Window } from '../lib/range.js';
import { fromWire, mergeTail, tailStart, type LiveSeries } from '../lib/series.js';
import { knowAgents } from './useAgentColours.js';
import { useConnection } from './useConnection.js';
import type { ResultFeed } from './useResultFeed.js';

/** Points asked for a range: about as many as a wide chart has places for. */
const POINTS = 600;
/** Results of one cycle come in a burst: this long, in milliseconds, the question for the tail waits for the others. */
const BURST_MS = 120;
/** A range that the server has summed up is asked for anew at most this often. */
const WHOLE_EVERY_MS = 10_000;

export interface LiveSeriesOptions {
  readonly testId: Ref<string>;
  readonly metrics: Ref<readonly string[]>;
  readonly range: Ref<Range>;
  /** The time between the test's cycles: buckets no longer than this are single results. */
  readonly intervalMs: Ref<number>;
  readonly feed: ResultFeed;
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
  const { testId, metrics, range, intervalMs, feed } = options;
  const { client } = useApolloClient();
  const series = shallowRef<readonly LiveSeries[]>([]);
  const loading = ref(true);
  const problem = ref<Problem | null>(null);
  let asked = 0;
  let timer: ReturnType<typeof setTimeout> | null = null;

  async function fetchSeries({ from, to }: Window): Promise<LiveSeries[]> {
    const variables = {
      testId: testId.value,
      metrics: [...metrics.value],
      from: new Date(from).toISOString(),
      to: new Date(to).toISOString(),
      maxPoints: POINTS,
    };
    const { data } = await client.query({ query: SeriesRangeDocument, variables, fetchPolicy: 'no-cache' });
    return data.series.map(fromWire);
  }

  /** Runs one question; an answer that a later question has overtaken is dropped. */
  async function answer(question: Window, use: (answer: LiveSeries[]) => readonly LiveSeries[]): Promise<void> {
    const mine = ++asked;
    try {
      const answered = await fetchSeries(question);
      if (mine !== asked) return;
      knowAgents(answered.map(({ agent }) => agent.id));
      series.value = use(answered);
      problem.value = null;
    } catch (error) {
      if (mine === asked) problem.value = toProblem(error);
    }
    if (mine === asked) loading.value = false;
  }

  const loadWhole = (): Promise<void> =>
    metrics.value.length > 0 ? answer(windowOf(range.value, Date.now()), (all) => all) : Promise.resolve(void (loading.value = false));

  const isRaw = (): boolean => series.value.every(({ resolutionMs }) => resolutionMs <= intervalMs.value * 1.01);

  function loadTail(): Promise<void> {
    const window = windowOf(range.value, Date.now());
    const start = tailStart(series.value);
    if (start === null || !isRaw()) return loadWhole();
    const from = Math.max(start, window.from);
    return answer({ from, to: window.to }, (tail) => mergeTail(series.value, tail, from, window.from));
  }

  function soon(): void {
    if (range.value.kind !== 'live' || timer !== null) return;
    const ask = (): void => {
      timer = null;
      void loadTail();
    };
    timer = setTimeout(ask, isRaw() ? BURST_MS : WHOLE_EVERY_MS);
  }

  watch([testId, range, () => metrics.value.join()], () => {
    loading.value = true;
    series.value = [];
    void loadWhole();
  });
  watch(useConnection().opened, () => void loadWhole());
  void loadWhole();
  feed.onResult(soon);
  onScopeDispose(() => {
    asked++;
    if (timer !== null) clearTimeout(timer);
  });
  return { series, loading, problem };
}
