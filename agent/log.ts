import { destination, pino, type Logger } from 'pino';

export type { Logger } from 'pino';

const SECRETS = ['token', 'secret', 'authorization'];
const LABELS: Readonly<Record<number, string>> = { 10: 'trace', 20: 'debug', 30: 'info', 40: 'WARN', 50: 'ERROR', 60: 'FATAL' };
const NOT_SHOWN = new Set(['level', 'time', 'msg', 'name', 'pid', 'hostname', 'err']);

/** One line of structured log as a person reads it: time of day, level, sentence, and what else there is. */
export function humanLine(line: string): string {
  const entry = JSON.parse(line) as Readonly<Record<string, unknown>>;
  const time = new Date(Number(entry.time)).toISOString().slice(11, 19);
  const rest = Object.entries(entry)
    .filter(([key]) => !NOT_SHOWN.has(key))
    .map(([key, value]) => ` ${key}=${typeof value === 'string' ? value : JSON.stringify(value)}`);
  const { err } = entry as { readonly err?: { readonly stack?: string } };
  return `${time} ${LABELS[Number(entry.level)] ?? entry.level} ${String(entry.msg)}${rest.join('')}\n${err?.stack ? `${err.stack}\n` : ''}`;
}

/** Logs on standard error: JSON lines (pino), or plain lines where a person looks on. Secrets are struck out. */
export function createLogger(level: string): Logger {
  const options = {
    name: 'streamswarm-agent',
    level,
    redact: { paths: [...SECRETS, ...SECRETS.map((name) => `*.${name}`)], censor: '[secret]' },
  };
  if (!process.stderr.isTTY) return pino(options, destination({ dest: 2, sync: false }));
  return pino(options, { write: (line: string) => void process.stderr.write(humanLine(line)) });
}
