/** Gives `work` so long, ms. @throws Error with the text of `late` when it has not settled by then; what it gives later is dropped */
export async function within<T>(limitMs: number, work: () => T | Promise<T>, late: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(late)), limitMs);
  });
  try {
    return await Promise.race([work(), limit]);
  } finally {
    clearTimeout(timer);
  }
}
