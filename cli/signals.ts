const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

/**
 * Resolves at the first SIGINT or SIGTERM, or when the parent process that started this one is gone. The same signal a second time ends the
 * process at once, with the status that shells expect (128 + the signal's number). Another signal does not: at Ctrl-C a terminal sends SIGINT to
 * `up` and to its children alike, and `up` then sends these SIGTERM.
 */
export function untilAskedToStop(): Promise<void> {
  return new Promise((resolve) => {
    const seen = new Set<NodeJS.Signals>();
    const stop = (signal: NodeJS.Signals): void => {
      if (seen.has(signal)) process.exit(signal === 'SIGINT' ? 130 : 143);
      seen.add(signal);
      resolve();
    };
    for (const signal of SIGNALS) process.on(signal, stop);
    process.once('disconnect', () => resolve());
  });
}
