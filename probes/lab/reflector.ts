import { Reflector } from '../reflector/reflector.js';

/*
 * A reflector as a process inside a namespace. It prints its port and lives until its input ends.
 */

/** What the process is started with. */
export interface LabReflectorConfig {
  readonly key: string;
}

function main({ key }: LabReflectorConfig): void {
  const reflector = Reflector.open({ address: '::', port: 0, key }, (message) => process.stderr.write(`${message}\n`));
  process.stdout.write(`${JSON.stringify({ port: reflector.port })}\n`);
  process.stdin.resume().on('end', () => process.exit(0));
}

main(JSON.parse(process.argv[2] ?? '') as LabReflectorConfig);
