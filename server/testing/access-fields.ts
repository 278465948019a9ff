const fields = (names: string): readonly string[] => names.split(' ');

/**
 * Every field of every object type, each of which somebody decided to show to whoever sees its type (TYPES in access-table.ts); those with a guard of their own stand in NESTED
 * as well. A new field needs its name here: look at who sees the type first.
 */
export const FIELDS: Readonly<Record<string, readonly string[]>> = {
  AbsentMetric: fields('metric reason'),
  Agent: fields(
    'addresses clockErrorMs clockOffsetMs droppedResults hostname id labels lastSeenAt name probes registeredAt spooledResults status system tests version',
  ),
  AgentAssignment: fields('endsAt probes revision schedule seed sessionStartedAt target testId'),
  AgentProbe: fields('available method name reason version'),
  Alternative: fields('confidence distinguishingTest kind segment'),
  Anomaly: fields('agent at expected id metric peakAt score target test until value'),
  ApiToken: fields('agents createdAt description expiresAt id kind lastUsedAt maxUses name prefix role status uses'),
  AuditEvent: fields('action actor at details id remoteAddress subject'),
  Diagnosis: fields('agent anomalies excluded findings from health missing summary test to verdict'),
  Evidence: fields('expected high low metric note resultIds sampleCount unit value'),
  Exclusion: fields('evidence kind reason segment'),
  FailureRisk: fields('contributors horizonSeconds missing modelVersion probability'),
  Finding: fields(
    'affected alternatives confidence direction ended evidence explanation fromNode id kind recommendation segment since title toNode unaffected',
  ),
  Forecast: fields('backtestError horizonSeconds metric modelVersion points'),
  ForecastPoint: fields('at high low value'),
  Gap: fields('cause from missingResults to'),
  Health: fields('level reasons score'),
  HeartbeatReply: fields('heartbeatSeconds receivedAt serverTime'),
  Hop: fields('nodes silent ttl'),
  HopNode: fields(
    'address jitterMs loss mpls mtu name probes quotedDscp quotedEcn rateLimited replies replyTtl rttMinMs rttP50Ms rttP95Ms',
  ),
  IssuedToken: fields('secret token'),
  MetricDescription: fields('denominator description id kind lowerIsBetter minSamples numerator probe standard title unit'),
  MetricValue: fields('errorBound metric unit value'),
  MlModel: fields('algorithm features name samples scores status trainedAt version'),
  Overview: fields('agents agentsOnline anomaliesLastDay health resultsLastHour tests testsRunning'),
  Pair: fields('agent target'),
  Path: fields('agent firstSeenAt hash hops id lastSeenAt protocol reached target traces'),
  PathChange: fields('after at before firstChangedTtl id kind'),
  ProbeDescription: fields('description metrics name settingsSchema title version'),
  ProbeError: fields('code message'),
  ProbeRun: fields('absent details durationMs error flow method probe startedAt status'),
  ProbeSetting: fields('probe settings'),
  RegisteredAgent: fields('agent secret'),
  RejectedResult: fields('code id message retry'),
  Report: fields('createdAt error id pages progress sizeBytes status title url'),
  Schedule: fields('cron durationSeconds intervalSeconds nextRunAt recurrence startsAt timezone'),
  Series: fields('agent gaps metric points resolutionSeconds target test'),
  SeriesPoint: fields('at avg count max min p5 p25 p50 p75 p95 p99'),
  Session: fields('createdAt current device expiresAt id lastUsedAt remoteAddress'),
  SubmitReply: fields('accepted rejected'),
  SystemSetting: fields('defaultValue description key schema title updatedAt updatedBy value'),
  Target: fields('address agent host id kind port'),
  Test: fields(
    'agents assignments childCount completedAt createdAt createdBy description id name parent probes progress results revision schedule startedAt status targets topology',
  ),
  TestAssignment: fields('agent lastResult reason status target'),
  TestProgress: fields('endsAt expectedResults percent receivedResults'),
  TestResult: fields('agent anomalyScore health id metrics receivedAt revision runs scheduledAt sequence startedAt status target test'),
  User: fields('active createdAt email id lastLoginAt role username'),
};

/** What pages and their parts have, whatever they hold. */
export const PAGING: readonly { readonly name: RegExp; readonly fields: readonly string[] }[] = [
  { name: /Connection$/, fields: fields('edges nodes pageInfo totalCount') },
  { name: /Edge$/, fields: fields('cursor node') },
  { name: /^PageInfo$/, fields: fields('endCursor hasNextPage') },
];
