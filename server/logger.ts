import { destination, pino, type Logger } from 'pino';

const SECRET = ['password', 'current', 'next', 'token', 'secret', 'authorization', 'cookie'];

/** Structured logs on standard error (standard output is for people), without secrets. */
export function createLogger(level: string): Logger {
  const paths = [
    ...SECRET,
    ...SECRET.map((name) => `*.${name}`),
    'req.headers.authorization',
    'req.headers.cookie',
    'res.headers["set-cookie"]',
  ];
  return pino({ name: 'streamswarm', level, redact: { paths, censor: '[secret]' } }, destination({ dest: 2, sync: false }));
}
