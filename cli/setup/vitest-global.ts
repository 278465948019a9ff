import { ensureBuilt } from './build.mjs';

/** Tests start real workers, agents and servers as processes: those run what is compiled. */
export default function setup(): void {
  ensureBuilt('node', { tolerant: true });
}
