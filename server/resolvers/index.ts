import type { BuildSchemaOptions } from 'type-graphql';
import { AccessResolver } from './access.js';
import { AgentSessionResolver } from './agent-session.js';
import { AgentResolver } from './agents.js';
import { AuditResolver } from './audit.js';
import { CatalogueResolver } from './catalogue.js';
import { TokenResolver } from './tokens.js';
import { UserResolver } from './users.js';

/** Every resolver class of the schema. */
export const RESOLVERS: BuildSchemaOptions['resolvers'] = [
  AccessResolver,
  UserResolver,
  TokenResolver,
  AuditResolver,
  AgentSessionResolver,
  AgentResolver,
  CatalogueResolver,
];
