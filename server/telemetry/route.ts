import type { FastifyInstance, FastifyRequest } from 'fastify';
import { collectDefaultMetrics, Registry } from 'prom-client';
import { isDirectFromHome } from '../development.js';
import type { Core } from '../operations.js';
import { NOBODY, type Identity } from '../identity.js';
import { bearerCredential, type Credential } from '../services/authentication.js';
import { MetricsTokens } from './metrics-tokens.js';

let ofProcess: Registry | undefined;

/** Node's own: CPU, memory, garbage collection, delay of the event loop. One a process, however many servers it has. */
function processRegistry(): Registry {
  if (ofProcess) return ofProcess;
  ofProcess = new Registry();
  collectDefaultMetrics({ register: ofProcess });
  return ofProcess;
}

/**
 * Serves `/metrics` for Prometheus (text format 0.0.4): to programs on this machine that come directly, to API tokens of any role, and to everybody
 * where the setting `metrics.public` says so.
 */
export function serveMetrics(fastify: FastifyInstance, core: Core): void {
  const tokens = new MetricsTokens();
  fastify.get('/metrics', async (request, reply) => {
    const { authorization } = request.headers;
    let identity: Identity = NOBODY;
    const look = async (text: string): Promise<boolean> => {
      identity = await whoReads(core, text, request.ip);
      return identity.kind === 'api';
    };
    const may =
      authorization === undefined ? mayReadWithout(core, request) : await tokens.mayRead(authorization, () => look(authorization));
    if (may === undefined) {
      return reply.code(503).send({ error: 'The database is away, and the token could not be looked up.' });
    }
    if (!may) {
      await core.services.refusals.denied({ em: core.orm.em.fork(), identity, remoteAddress: request.ip }, '/metrics');
      void reply.header('www-authenticate', 'Bearer');
      return reply
        .code(401)
        .send({ error: 'Metrics are for programs on this machine and for API tokens: send Authorization: Bearer TOKEN.' });
    }
    // Merged anew each time: what is counted may have been added since.
    const all = Registry.merge([core.telemetry.registry, processRegistry()]);
    return reply
      .header('content-type', all.contentType)
      .header('cache-control', 'no-store')
      .send(await all.metrics());
  });
}

function mayReadWithout({ services }: Core, request: FastifyRequest): boolean {
  return services.settings.get('metrics.public') || isDirectFromHome(request.raw);
}

/** @throws ApiError RATE_LIMITED where too many unknown credentials come from this address */
async function whoReads({ services, orm }: Core, authorization: string, address: string): Promise<Identity> {
  const credential = bearerCredential(authorization);
  const identify = (known: Credential) => services.authentication.identify(orm.em.fork(), known);
  return (credential && (await services.arrivals.prove(address, credential, () => identify(credential)))) ?? NOBODY;
}
