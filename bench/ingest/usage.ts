/** What a measured process used. */
export interface Used {
  /** CPU of all its threads since the last time it was asked, ms. */
  readonly cpuMs: number;
  readonly rssBytes: number;
}

/** Answers each message of the parent with what this process used since the last one. */
export function answerUsage(): void {
  let cpu = process.cpuUsage();
  process.on('message', () => {
    const { user, system } = process.cpuUsage(cpu);
    cpu = process.cpuUsage();
    const usage: Used = { cpuMs: (user + system) / 1000, rssBytes: process.memoryUsage.rss() };
    process.send?.({ usage });
  });
}
