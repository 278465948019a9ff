import { useQuery } from '@vue/apollo-composable';
import { computed, type ComputedRef } from 'vue';
import { fieldsOf } from '../lib/schema-form.js';
import type { FieldsByProbe } from '../lib/test-form.js';
import { MetricsDocument, ProbesDocument, type MetricsQuery, type ProbesQuery } from '../graphql/generated.js';

export type MetricInfo = MetricsQuery['metrics'][number];
export type ProbeInfo = ProbesQuery['probes'][number];

/** What can be measured: every metric by its id. Asked for once. */
export function useCatalogue(): { metrics: ComputedRef<ReadonlyMap<string, MetricInfo>>; loaded: ComputedRef<boolean> } {
  const { result } = useQuery(MetricsDocument, null, { fetchPolicy: 'cache-first' });
  return {
    metrics: computed(() => new Map((result.value?.metrics ?? []).map((metric) => [metric.id, metric]))),
    loaded: computed(() => result.value !== undefined),
  };
}

/** The probes with their settings' schemas, and the fields that these become in a form. */
export function useProbes(): {
  probes: ComputedRef<readonly ProbeInfo[]>;
  fields: ComputedRef<FieldsByProbe>;
  loading: ComputedRef<boolean>;
  error: ComputedRef<Error | null>;
} {
  const { result, loading, error } = useQuery(ProbesDocument);
  const probes = computed(() => result.value?.probes ?? []);
  return {
    probes,
    fields: computed(() => new Map(probes.value.map((probe) => [probe.name, fieldsOf(probe.settingsSchema)]))),
    loading: computed(() => loading.value && !result.value),
    error: computed(() => error.value),
  };
}
