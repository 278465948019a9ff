import { existsSync } from 'node:fs';
import { join } from 'node:path';
import fastifyStatic from '@fastify/static';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

const NOT_BUILT = `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>StreamSwarm</title></head>
<body><h1>The dashboard is not built</h1>
<p>This server works, but it has no pages to show. <code>npm start</code> builds them; then load this page again.</p>
</body></html>
`;

const isPage = (request: FastifyRequest): boolean => request.method === 'GET' && (request.headers.accept ?? '').includes('text/html');

/** Serves the built dashboard; every address that is no file is its start page, since the dashboard routes by itself. */
export async function serveDashboard(fastify: FastifyInstance, folder: string | undefined): Promise<void> {
  const built = folder !== undefined && existsSync(join(folder, 'index.html'));
  if (built)
    await fastify.register(fastifyStatic, {
      root: folder,
      cacheControl: false,
      wildcard: true,
      setHeaders: (reply, path) => void reply.setHeader('cache-control', cacheFor(path)),
    });
  else fastify.get('/', (_request, reply) => notBuilt(reply));
  fastify.setNotFoundHandler((request, reply) => {
    if (!isPage(request)) return reply.code(404).send({ error: 'not found' });
    return built ? reply.header('cache-control', 'no-cache').sendFile('index.html') : notBuilt(reply);
  });
}

/** Vite names what it bundles by content: such a file never changes. */
function cacheFor(path: string): string {
  return /[\\/]assets[\\/]/.test(path) ? 'public, max-age=31536000, immutable' : 'no-cache';
}

function notBuilt(reply: FastifyReply): FastifyReply {
  return reply.code(503).type('text/html; charset=utf-8').send(NOT_BUILT);
}
