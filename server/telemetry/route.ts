import type { FastifyInstance, FastifyRequest } from 'fastify';
import { collectDefaultMetrics, Registry } from 'prom-client';
import { isDirectFromHome } from '../development.js';
import type { Core } from '../operations.js';
import { roleOf } from '../identity.js';
import { bearerCredential, type Credential } from '../services/authentication.js';

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
  fastify.get('/metrics', async (request, reply) => {
    if (!(await mayRead(core, request))) {
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

async function mayRead({ services, orm }: Core, request: FastifyRequest): Promise<boolean> {
  const { authorization } = request.headers;
  if (authorization !== undefined) {
    const credential = bearerCredential(authorization);
    const identify = (known: Credential) => services.authentication.identify(orm.em.fork(), known);
    const identity = credential && (await services.arrivals.prove(request.ip, credential, () => identify(credential)));
    return identity?.kind === 'api' && roleOf(identity) !== undefined;
  }
  return services.settings.get('metrics.public') || isDirectFromHome(request.raw);
}
