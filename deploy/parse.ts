import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { defaultLoaders } from 'cosmiconfig';
import { z } from 'zod';

/** The root of the project, with a slash at its end. */
export const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** The text of a file of this folder. */
export const read = (name: string): string => readFileSync(`${ROOT}deploy/${name}`, 'utf8');

const healthcheck = z.looseObject({ test: z.array(z.string()) });
const dependencies = z.record(z.string(), z.looseObject({ condition: z.string() }));
const service = z.looseObject({
  image: z.string(),
  environment: z.record(z.string(), z.string()).default({}),
  ports: z.array(z.string()).default([]),
  volumes: z.array(z.string()).default([]),
  depends_on: dependencies.default({}),
  command: z.array(z.string()).optional(),
  build: z.strictObject({ context: z.string(), dockerfile: z.string() }).optional(),
  healthcheck: healthcheck.optional(),
});
const compose = z.looseObject({ services: z.record(z.string(), service), volumes: z.record(z.string(), z.null()) });

export type Service = z.output<typeof service>;

/** What a compose file says, with its anchors and merges carried out. @throws ZodError where it has another shape */
export function parseCompose(name: string): z.output<typeof compose> {
  return compose.parse(defaultLoaders['.yaml'](name, read(name)));
}

/** One instruction of a Dockerfile, its continued lines joined. */
export interface Instruction {
  readonly name: string;
  readonly rest: string;
}

/** The instructions of a Dockerfile in order, without comments. */
export function parseDockerfile(text: string): Instruction[] {
  const lines = text.replace(/^#.*\n/gm, '').replace(/\\\n/g, ' ').split('\n'); // prettier-ignore
  return lines.filter(Boolean).map((line) => {
    const [name = '', ...rest] = line.trim().split(/\s+/);
    return { name, rest: rest.join(' ') };
  });
}

/** Each setting of a unit file, in order; a key may stand there more than once. */
export function parseUnit(text: string): { readonly key: string; readonly value: string }[] {
  const lines = text.split('\n').filter((line) => /^[A-Z]\w*=/.test(line));
  return lines.map((line) => ({ key: line.slice(0, line.indexOf('=')), value: line.slice(line.indexOf('=') + 1) }));
}
