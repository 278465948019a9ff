import * as nodeModule from 'node:module';
import { pathToFileURL } from 'node:url';

type Resolved = { readonly url: string; readonly shortCircuit?: boolean };
type Resolve = (specifier: string, context: unknown, next: (specifier: string, context: unknown) => Resolved) => Resolved;

/** What plug-ins import of us. */
const OURS = ['streamswarm/sdk', 'streamswarm/sdk/conformance'];

/** The same as `resolve` below, for Node before 22.15: its hooks live in a thread of their own and come as a module's text. */
const HOOKS = `let ours;
export function initialize(data) { ours = data; }
export function resolve(specifier, context, next) {
  return Object.hasOwn(ours, specifier) ? { url: ours[specifier], shortCircuit: true } : next(specifier, context);
}`;

let done = false;

/**
 * Makes `import 'streamswarm/sdk'` mean this installation's SDK, from wherever a plug-in lies: a package beside us cannot depend on us, since we are the
 * root, and a folder need not be installed. Once a thread; other imports are resolved as ever.
 *
 * Node's customization hooks: https://nodejs.org/api/module.html#customization-hooks
 */
export function provideSdk(): void {
  if (done) return;
  done = true;
  const here = nodeModule.createRequire(import.meta.url);
  const urls = Object.fromEntries(OURS.map((name) => [name, pathToFileURL(here.resolve(name)).href]));
  const { registerHooks } = nodeModule as typeof nodeModule & { readonly registerHooks?: (hooks: { readonly resolve: Resolve }) => void };
  if (!registerHooks) return nodeModule.register(`data:text/javascript,${encodeURIComponent(HOOKS)}`, { data: urls });
  registerHooks({
    resolve(specifier, context, next) {
      const url = urls[specifier];
      return url === undefined ? next(specifier, context) : { url, shortCircuit: true };
    },
  });
}
