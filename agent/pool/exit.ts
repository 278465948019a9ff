/** A thread may serve several tasks after one another. */
let exitIsForbidden = false;

/**
 * `process.exit` of a probe would end the thread with all that goes on in it, so it fails that probe alone. (In a thread it never ends the agent.)
 * Node itself ends a thread in the same way after an exception that nobody caught: then it must.
 */
export function forbidExit(): void {
  if (exitIsForbidden) return;
  exitIsForbidden = true;
  const exit = process.exit.bind(process);
  let dying = false;
  process.on('uncaughtExceptionMonitor', () => (dying = true));
  process.exit = (status): never => {
    if (dying) return exit(status);
    throw new Error('a probe must not call process.exit');
  };
}
