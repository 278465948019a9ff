import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';

/** The version in the nearest package.json above this file: the same from source and when compiled. */
function readVersion(): string {
  for (let folder = dirname(fileURLToPath(import.meta.url)); ; folder = dirname(folder)) {
    const manifest = join(folder, 'package.json');
    if (existsSync(manifest)) return z.object({ version: z.string() }).parse(JSON.parse(readFileSync(manifest, 'utf8'))).version;
    if (folder === dirname(folder)) throw new Error('there is no package.json above the agent: the installation is damaged');
  }
}

/** The agent's version, as it tells the server. */
export const AGENT_VERSION = readVersion();

/** The protocol between agent and server that this agent speaks. */
export const PROTOCOL = 1;
