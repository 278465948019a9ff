import { readFileSync } from 'node:fs';

/** Where package.json stands: two folders up from dist/cli, one up from cli. */
const CANDIDATES = ['../package.json', '../../package.json'];

/** The version of this installation, from package.json. */
export function version(): string {
  for (const candidate of CANDIDATES) {
    const parsed = readIfThere(new URL(candidate, import.meta.url));
    if (parsed?.name === 'streamswarm') return parsed.version;
  }
  throw new Error('package.json of streamswarm is missing: the installation is not complete');
}

function readIfThere(url: URL): { name: string; version: string } | undefined {
  try {
    return JSON.parse(readFileSync(url, 'utf8'));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
