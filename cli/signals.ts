const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

/**
 * Resolves at the first SIGINT or SIGTERM, or when the parent process that started this one is gone. A second signal ends the process at once,
 * with the status that shells expect (128 + the signal's number).
 */
export function untilAskedToStop(): Promise<void> {
  return new Promise((resolve) => {
    let asked = false;
    const stop = (signal?: NodeJS.Signals): void => {
      if (asked && signal) process.exit(signal === 'SIGINT' ? 130 : 143);
      asked = true;
      resolve();
    };
    for (const signal of SIGNALS) process.on(signal, stop);
    process.once('disconnect', () => stop());
  });
}
