import { ApolloServer } from '@apollo/server';
import fastifyApollo, { fastifyApolloDrainPlugin } from '@as-integrations/fastify';
import Fastify from 'fastify';
import type { AddressInfo } from 'node:net';
import { DateTime, Json, MetricMap } from '../../server/scalars.js';
import { bareRow, BareStore } from './bare-store.js';
import { answerUsage } from './usage.js';

/*
 * What ingest is measured against: Apollo Server on Fastify with the same input type, and a mutation that inserts the rows in one transaction,
 * durably. It knows nobody, checks nothing, and keeps nothing else.
 */

const TYPES = `
  scalar DateTime
  scalar JSON
  scalar MetricMap
  type Query { alive: Boolean! }
  type Mutation { submitResults(results: [TestResultInput!]!): Int! }
  input TestResultInput {
    id: ID! testId: ID! targetId: ID! revision: Int! sequence: Float! scheduledAt: DateTime! startedAt: DateTime! status: String!
    metrics: MetricMap! errorBounds: MetricMap distributions: JSON runs: [ProbeRunInput!]!
  }
  input ProbeRunInput {
    probe: String! status: String! startedAt: DateTime! durationMs: Float! method: String! errorCode: String errorMessage: String
    absent: JSON flow: JSON details: JSON
  }`;

const store = await BareStore.open(process.argv[2] ?? ':memory:');
const fastify = Fastify({ bodyLimit: 64 * 1024 * 1024 });
const apollo = new ApolloServer({
  typeDefs: TYPES,
  resolvers: {
    ...{ DateTime, JSON: Json, MetricMap },
    Query: { alive: () => true },
    Mutation: {
      submitResults: async (_root: unknown, { results }: { readonly results: readonly Record<string, unknown>[] }) => {
        await store.insert(results.map(bareRow));
        return results.length;
      },
    },
  },
  plugins: [fastifyApolloDrainPlugin(fastify)],
});
await apollo.start();
await fastify.register(fastifyApollo(apollo));
await fastify.listen({ host: '127.0.0.1', port: 0 });
answerUsage();
process.send?.({ url: `http://127.0.0.1:${(fastify.server.address() as AddressInfo).port}` });
