import { fileURLToPath } from 'node:url';

/** The compiled command line, also where this runs from source: processes are never started from TypeScript. */
export function programPath(): string {
  const fromSource = import.meta.url.endsWith('.ts');
  return fileURLToPath(new URL(fromSource ? '../dist/cli/main.js' : './main.js', import.meta.url));
}
