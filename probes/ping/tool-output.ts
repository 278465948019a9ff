/** What an external ping program found, request by request. */
export interface ToolReport {
  readonly sent: number;
  readonly received: number;
  /** RTT of each request in order, ms; undefined where no reply came. */
  readonly rtts: readonly (number | undefined)[];
  readonly duplicates?: number;
  readonly replyTtl?: number;
  /** Half of the last digit that the program printed, ms. */
  readonly roundingMs: number;
}

/** `fping -C n -q` prints on stderr: `127.0.0.1 : 0.05 0.04 - 0.06`. undefined where there is no such line. */
export function parseFping(stderr: string): ToolReport | undefined {
  const line = stderr.split('\n').find((text) => / : (?:[\d.]+|-)(?: |$)/.test(text));
  if (!line) return undefined;
  const fields = line
    .slice(line.lastIndexOf(' : ') + 3)
    .trim()
    .split(/\s+/);
  const rtts = fields.map((field) => (field === '-' ? undefined : Number(field)));
  return { sent: rtts.length, received: rtts.filter((rtt) => rtt !== undefined).length, rtts, roundingMs: rounding(fields) };
}

/** `ping -c n` of iputils prints a line for each reply, and a summary. undefined where there is no summary. */
export function parsePing(stdout: string): ToolReport | undefined {
  const summary = /^(\d+) packets transmitted, (\d+) received(?:, \+(\d+) duplicates)?/m.exec(stdout);
  if (!summary) return undefined;
  const sent = Number(summary[1]);
  const rtts = new Array<number | undefined>(sent).fill(undefined);
  const printed: string[] = [];
  let replyTtl: number | undefined;
  for (const [, sequence, ttl, time = ''] of stdout.matchAll(/icmp_seq=(\d+) ttl=(\d+) time=([\d.]+) ms(?! \(DUP!\))/g)) {
    rtts[Number(sequence) - 1] = Number(time);
    replyTtl = Number(ttl);
    printed.push(time);
  }
  return { sent, received: Number(summary[2]), rtts, duplicates: Number(summary[3] ?? 0), replyTtl, roundingMs: rounding(printed) };
}

/** iputils prints three digits, so the step grows with the figure: the largest step of those printed counts. */
function rounding(printed: readonly string[]): number {
  const steps = printed.filter((text) => text !== '-').map((text) => 10 ** -(text.split('.')[1]?.length ?? 0) / 2);
  return steps.length === 0 ? 0 : Math.max(...steps);
}
