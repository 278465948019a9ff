/** The part of the public contract that agents use, word for word (see schema.graphql at the root). */
export const AGENT_CONTRACT = /* GraphQL */ `
  scalar DateTime
  scalar JSON
  scalar MetricMap

  enum TargetKind {
    HOST
    URL
    AGENT
  }
  enum MetricKind {
    LEVEL
    QUANTILE
    COUNT
    RATIO
    BOOL
    CODE
    ESTIMATE
    DISTRIBUTION
  }

  type Agent {
    id: ID!
    name: String!
  }
  type Target {
    id: ID!
    kind: TargetKind!
    address: String!
    host: String
    port: Int
  }
  type Schedule {
    intervalSeconds: Float!
    durationSeconds: Int
    startsAt: DateTime
  }
  type ProbeSetting {
    probe: String!
    settings: JSON!
  }
  type AgentAssignment {
    testId: ID!
    target: Target!
    probes: [ProbeSetting!]!
    schedule: Schedule!
    revision: Int!
    seed: String!
    sessionStartedAt: DateTime
    endsAt: DateTime
  }
  type RegisteredAgent {
    agent: Agent!
    secret: String!
  }
  type HeartbeatReply {
    receivedAt: DateTime!
    serverTime: DateTime!
    heartbeatSeconds: Float!
  }
  type SubmitReply {
    accepted: [ID!]!
    rejected: [RejectedResult!]!
  }
  type RejectedResult {
    id: ID!
    code: String!
    message: String!
    retry: Boolean!
  }

  input RegisterAgentInput {
    installId: ID!
    protocol: Int!
    name: String!
    hostname: String!
    version: String!
    addresses: [String!]!
    system: JSON!
    probes: [AgentProbeInput!]!
    labels: JSON
  }
  input AgentProbeInput {
    name: String!
    version: String!
    available: Boolean!
    reason: String
    method: String
    title: String!
    description: String!
    settingsSchema: JSON!
    metrics: [MetricDescriptionInput!]!
  }
  input MetricDescriptionInput {
    id: ID!
    unit: String!
    title: String!
    description: String!
    kind: MetricKind!
    lowerIsBetter: Boolean
    numerator: ID
    denominator: ID
    minSamples: Int
    standard: String
  }
  input HeartbeatInput {
    protocol: Int!
    sentAt: DateTime!
    spooledResults: Int!
    droppedResults: Int!
    clockOffsetMs: Float
    clockErrorMs: Float
    system: JSON
    droppedTimes: [DroppedTimeInput!]
  }
  input DroppedTimeInput {
    from: DateTime!
    to: DateTime!
  }
  input TestResultInput {
    id: ID!
    testId: ID!
    targetId: ID!
    revision: Int!
    sessionStartedAt: DateTime
    sequence: Float!
    scheduledAt: DateTime!
    startedAt: DateTime!
    status: String!
    metrics: MetricMap!
    errorBounds: MetricMap
    distributions: JSON
    runs: [ProbeRunInput!]!
  }
  input ProbeRunInput {
    probe: String!
    status: String!
    startedAt: DateTime!
    durationMs: Float!
    method: String!
    errorCode: String
    errorMessage: String
    absent: JSON
    flow: JSON
    details: JSON
  }

  type Query {
    setUpRequired: Boolean!
  }
  type Mutation {
    registerAgent(input: RegisterAgentInput!): RegisteredAgent!
    describeAgent(input: RegisterAgentInput!): Agent!
    heartbeat(input: HeartbeatInput!): HeartbeatReply!
    submitResults(results: [TestResultInput!]!): SubmitReply!
  }
  type Subscription {
    assignmentsChanged: [AgentAssignment!]!
  }
`;
