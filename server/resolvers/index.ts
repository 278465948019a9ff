import type { BuildSchemaOptions } from 'type-graphql';
import { AccessResolver } from './access.js';

/** Every resolver class of the schema. */
export const RESOLVERS: BuildSchemaOptions['resolvers'] = [AccessResolver];
