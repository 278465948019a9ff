import type { BuildSchemaOptions } from 'type-graphql';
import { AccessResolver } from './access.js';
import { AgentSessionResolver } from './agent-session.js';
import { AgentResolver } from './agents.js';
import { AgentAssignmentResolver, TargetResolver, TestAssignmentResolver } from './assignments.js';
import { AnomalyResolver } from './anomalies.js';
import { AuditResolver } from './audit.js';
import { CatalogueResolver } from './catalogue.js';
import { DiagnosisResolver, PairResolver } from './diagnosis.js';
import { OutlookResolver } from './outlook.js';
import { OverviewResolver } from './overview.js';
import { PathChangeResolver, PathResolver } from './paths.js';
import { ReportResolver } from './reports.js';
import { ProbeRunResolver, ResultResolver } from './results.js';
import { SessionResolver } from './sessions.js';
import { SeriesResolver } from './series.js';
import { AgentTestsResolver, TestFieldResolver } from './test-fields.js';
import { SettingsResolver } from './settings.js';
import { TestResolver } from './tests.js';
import { TokenResolver } from './tokens.js';
import { UserResolver } from './users.js';

/** Every resolver class of the schema. */
export const RESOLVERS: BuildSchemaOptions['resolvers'] = [
  AccessResolver,
  UserResolver,
  SessionResolver,
  TokenResolver,
  AuditResolver,
  AgentSessionResolver,
  AgentResolver,
  CatalogueResolver,
  TestResolver,
  TestFieldResolver,
  AgentTestsResolver,
  TestAssignmentResolver,
  TargetResolver,
  AgentAssignmentResolver,
  ResultResolver,
  ProbeRunResolver,
  SeriesResolver,
  OverviewResolver,
  SettingsResolver,
  PathResolver,
  PathChangeResolver,
  DiagnosisResolver,
  PairResolver,
  AnomalyResolver,
  OutlookResolver,
  ReportResolver,
];
