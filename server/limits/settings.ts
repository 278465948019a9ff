import { z } from 'zod';
import { setting } from '../services/settings/definition.js';

const count = (most: number) => z.number().int().min(1).max(most);

/** The settings of the API's limits. They hold at once; connections that are open stay. */
export const LIMIT_SETTINGS = {
  'limits.complexity': setting(
    'Size of an answer',
    'How many values one GraphQL operation may answer at most: what is in a page counts as often as the page is long.',
    count(100_000_000),
    1_000_000,
  ),
  'limits.series': setting(
    'Series of an answer',
    'How many series (a metric of an agent and a target) one query of a chart may answer at most; the export as a file has no such limit.',
    count(1_000_000),
    2000,
  ),
  'limits.operationSeconds': setting(
    'Time of an operation',
    'After so long an operation is given up, s; for a subscription each event.',
    z.number().min(0.05).max(600),
    20,
  ),
  'limits.operationsPerMinute': setting(
    'Operations of a person',
    'How many operations a person or an integration may send in a minute.',
    count(10_000_000),
    6000,
  ),
  'limits.anonymousOperationsPerMinute': setting(
    'Operations without a credential',
    'How many operations may come from one address in a minute from those who are not signed in.',
    count(10_000_000),
    600,
  ),
  'limits.agentOperationsPerMinute': setting(
    'Operations of an agent',
    'How many operations (heartbeats, batches of results) an agent may send in a minute.',
    count(10_000_000),
    120_000,
  ),
  'limits.registrationsPerMinute': setting(
    'Registrations',
    'How many operations with enrolment tokens may come from one address in a minute; an agent that enrols takes three.',
    count(10_000_000),
    20_000,
  ),
  'limits.unknownCredentialsPerMinute': setting(
    'Unknown credentials',
    'How many credentials that turn out to be none, or have not been looked up yet, may come from one address in a minute, at each server process.',
    count(10_000_000),
    6000,
  ),
  'limits.connectionsPerIdentity': setting(
    'Connections',
    'How many WebSockets a person or an integration may have open at once, at all server processes together.',
    count(100_000),
    100,
  ),
  'limits.connectionsPerAgent': setting(
    'Connections of an agent',
    'How many WebSockets an agent may have open at once on one server process; one more closes the oldest.',
    count(1000),
    4,
  ),
  'limits.pendingConnectionsPerAddress': setting(
    'Connections without a credential',
    'How many WebSockets from one address may be open that have not said yet who they are.',
    count(1_000_000),
    6000,
  ),
  'limits.subscriptionsPerIdentity': setting(
    'Subscriptions',
    'How many subscriptions a person or an integration may have at once, on all WebSockets and at all server processes together.',
    count(1_000_000),
    1000,
  ),
  'limits.subscriptionsPerConnection': setting(
    'Subscriptions of a connection',
    'How many subscriptions and operations under way one WebSocket may have at once.',
    count(100_000),
    100,
  ),
} as const;
