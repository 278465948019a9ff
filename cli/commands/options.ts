import { InvalidArgumentError, Option } from 'commander';

const LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'];

/** `--log-level`, the same for every command that logs. */
export function logLevelOption(): Option {
  return new Option('--log-level <level>', 'least level that is logged').choices(LEVELS);
}

/** `--dev-without-login`, for the server and for `up`. */
export function devWithoutLoginOption(): Option {
  return new Option(
    '--dev-without-login',
    'DEVELOPMENT ONLY: everyone on this machine is administrator; on loopback, with NODE_ENV=development',
  );
}

/** A port; 0 asks the system for a free one. @throws InvalidArgumentError */
export function portNumber(text: string): number {
  const port = Number(text);
  if (!/^\d{1,5}$/.test(text) || port > 65535) throw new InvalidArgumentError('give a number from 0 to 65535 (0: any free port).');
  return port;
}

/** A whole number from 1 on. @throws InvalidArgumentError */
export function wholeNumber(text: string): number {
  const number = Number(text);
  if (!/^\d{1,9}$/.test(text) || number < 1) throw new InvalidArgumentError('give a whole number from 1 on.');
  return number;
}
