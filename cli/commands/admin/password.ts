import { createInterface } from 'node:readline';
import { Writable } from 'node:stream';

/** Reads a new password: from the terminal without echo, twice; or the first line of stdin. Never from the command line, which everybody can read. @throws Error */
export async function readPassword(fromStdin: boolean): Promise<string> {
  if (fromStdin) return firstLine();
  if (!process.stdin.isTTY) throw new Error('There is no terminal to ask for the password: pipe it in and give --password-stdin.');
  const password = await ask('Password: ');
  if ((await ask('Once more: ')) !== password) throw new Error('The two passwords differ.');
  return password;
}

async function firstLine(): Promise<string> {
  for await (const line of createInterface({ input: process.stdin })) return line;
  throw new Error('--password-stdin was given, but stdin is empty.');
}

function ask(question: string): Promise<string> {
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() });
  const terminal = createInterface({ input: process.stdin, output: silent, terminal: true });
  process.stderr.write(question);
  return new Promise((resolve, reject) => {
    terminal.once('SIGINT', () => {
      terminal.close();
      reject(new Error('Nothing was changed.'));
    });
    terminal.question('', (answer) => {
      terminal.close();
      process.stderr.write('\n');
      resolve(answer);
    });
  });
}
