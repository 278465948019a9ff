import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../server/config.js';

/** The version of this installation, from package.json. */
export function version(): string {
  const { version: text } = JSON.parse(readFileSync(join(packageRoot(), 'package.json'), 'utf8')) as { version: string };
  return text;
}
