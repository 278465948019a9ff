/**
 * What stands in docs/api/contract.graphql and is not built yet: types (with all that is in them) and `Type.field` (with its arguments).
 * Whoever builds a part removes it here: the test of the contract fails when something listed exists.
 */
export const NOT_BUILT_YET: readonly string[] = [
  ...listed('', 'Path PathConnection PathEdge Hop HopNode PathChange PathChangeKind PathChangeConnection PathChangeEdge'),
  ...listed('', 'Segment Direction Verdict FaultKind Evidence Pair Exclusion Alternative Finding Diagnosis Feedback'),
  ...listed('', 'Anomaly AnomalyConnection AnomalyEdge Forecast ForecastPoint MlModel FailureRisk'),
  ...listed('', 'Report ReportStatus ReportInput ReportConnection ReportEdge'),
  ...listed('Query.', 'paths pathChanges diagnosis anomalies forecast failureRisk mlModels report reports'),
  ...listed('Mutation.', 'trainModels resetModels judgeFinding createReport deleteReport'),
  ...listed('Subscription.', 'pathChanged anomalyDetected reportChanged'),
];

function listed(prefix: string, names: string): string[] {
  return names.split(' ').map((name) => prefix + name);
}
