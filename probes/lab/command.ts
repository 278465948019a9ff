import { execFile, execFileSync, type ExecFileException } from 'node:child_process';

const OUTPUT_BYTES = 64 * 2 ** 20;
const PATIENCE_MS = 20_000;

/** What a program said. */
export interface CommandResult {
  readonly stdout: string;
  readonly stderr: string;
  /** Its exit status; a program says failure with it, so that is no error here. */
  readonly code: number;
}

/** Runs a program to its end. @throws Error when there is no such program, or when it does not end within `timeoutMs` */
export function command(program: string, args: readonly string[], timeoutMs = PATIENCE_MS, input?: string): Promise<CommandResult> {
  return new Promise((resolve, reject) => {
    const options = { timeout: timeoutMs, killSignal: 'SIGKILL', maxBuffer: OUTPUT_BYTES } as const;
    const child = execFile(program, [...args], options, (error, stdout, stderr) => {
      if (!error) resolve({ stdout, stderr, code: 0 });
      else if (typeof error.code === 'number') resolve({ stdout, stderr, code: error.code });
      else reject(new Error(`${program} ${args.join(' ')}: ${howItEnded(error, timeoutMs)}`));
    });
    if (input !== undefined) child.stdin?.end(input);
  });
}

function howItEnded({ killed, signal, message }: ExecFileException, timeoutMs: number): string {
  if (killed) return `no end within ${timeoutMs} ms`;
  return signal ? `ended by ${signal}` : message;
}

/** Runs a program that must succeed. @throws Error with what it said when it fails */
export async function mustRun(program: string, args: readonly string[], input?: string): Promise<string> {
  const { stdout, stderr, code } = await command(program, args, PATIENCE_MS, input);
  if (code !== 0) throw new Error(`${program} ${args.join(' ')} failed (${code}): ${(stderr || stdout).trim()}`);
  return stdout;
}

/** Runs a program and waits for it, for the moments in which nothing may be asynchronous any more. @throws Error when it fails */
export function runNow(program: string, args: readonly string[]): string {
  return execFileSync(program, [...args], { encoding: 'utf8', timeout: PATIENCE_MS, stdio: ['ignore', 'pipe', 'pipe'] });
}
