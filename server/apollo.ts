import { ApolloServer, HeaderMap, type ApolloServerPlugin, type GraphQLRequestContext } from '@apollo/server';
import { ApolloServerPluginCacheControlDisabled } from '@apollo/server/plugin/disabled';
import { GraphQLError, type ExecutionResult, type GraphQLFormattedError } from 'graphql';
import type { Context } from './context.js';
import { badUserInput } from './errors.js';
import { presenter } from './format-error.js';
import { LIMIT_RULES, MAX_TOKENS } from './limits.js';
import { admit, type Admitted } from './limits/admission.js';
import { executeWithin } from './limits/deadline.js';
import type { Core } from './operations.js';

/** Makes the server for GraphQL over HTTP: Apollo reads and validates; what may run, and how long, is decided as for WebSockets. */
export function createApollo(core: Core): ApolloServer<Context> {
  const present = presenter(core);
  return new ApolloServer<Context>({
    schema: core.schema,
    csrfPrevention: true,
    introspection: true, // `admit` decides, by a setting that can change
    allowBatchedHttpRequests: false,
    includeStacktraceInErrorResponses: false,
    stopOnTerminationSignals: false,
    persistedQueries: false,
    parseOptions: { maxTokens: MAX_TOKENS },
    validationRules: [...LIMIT_RULES],
    logger: core.log,
    // Nothing here is cached by hints, which would be looked for at each field of each answer.
    plugins: [ApolloServerPluginCacheControlDisabled(), limits(core, present)],
    formatError: (_formatted, error) => present(asGraphQL(error)),
  });
}

function asGraphQL(error: unknown): GraphQLError {
  if (error instanceof GraphQLError) return error;
  const original = error instanceof Error ? error : new Error(String(error));
  return new GraphQLError(original.message, { originalError: original });
}

type Present = (error: GraphQLError) => GraphQLFormattedError;

function limits(core: Core, present: Present): ApolloServerPlugin<Context> {
  return {
    invalidRequestWasReceived: ({ error }) => {
      core.telemetry.refused('http', asGraphQL(error));
      return Promise.resolve();
    },
    requestDidStart: () => {
      let admitted: Admitted | undefined;
      return Promise.resolve({
        // What is executed answers by itself below: these are of what comes before.
        didEncounterErrors: ({ errors: [first] }) => {
          if (first) core.telemetry.refused('http', first);
          return Promise.resolve();
        },
        didResolveOperation: (request) => {
          admitted = asClientsFault(() => admitOverHttp(core, request));
          return Promise.resolve();
        },
        responseForOperation: async ({ document, operationName, contextValue }) => {
          if (!document || !admitted) return null;
          const variableValues = admitted.variables;
          const args = { schema: core.schema, document, operationName, variableValues, contextValue };
          const seconds = core.services.settings.get('limits.operationSeconds');
          return answer(await core.telemetry.operation('http', args, () => executeWithin(args, seconds, core.operations.execute)), present);
        },
      });
    },
  };
}

function admitOverHttp(core: Core, { request, document, contextValue }: GraphQLRequestContext<Context>): Admitted {
  if (!document) throw new Error('Apollo resolved an operation without a document');
  const { operationName, variables } = request;
  const message = contextValue.message ?? {};
  const admitted = admit(core, contextValue.identity, { message, document, operationName, variables });
  if (admitted.operation.operation === 'subscription') {
    throw badUserInput({ path: 'query', message: 'Subscriptions work over WebSocket (graphql-transport-ws at /graphql).' });
  }
  return admitted;
}

/** Apollo answers 500 to whatever does not say otherwise. */
function asClientsFault<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof GraphQLError)) throw error;
    throw new GraphQLError(error.message, { originalError: error, extensions: { ...error.extensions, http: { status: 400 } } });
  }
}

function answer({ errors, ...rest }: ExecutionResult, present: Present) {
  const http = { status: rest.data === undefined && errors ? 400 : undefined, headers: new HeaderMap() };
  const singleResult = { ...rest, ...(errors ? { errors: errors.map(present) } : {}) };
  return { http, body: { kind: 'single' as const, singleResult } };
}
