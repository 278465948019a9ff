import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { programPath } from '../program.js';

/** The sample of a plug-in: the probe `banner`. */
const SAMPLE = join(import.meta.dirname, '..', '..', 'docs', 'examples', 'banner');

/** An agent as a process of its own, which alone knows the sample plug-in, and a server on loopback that greets. */
export class PlugInAgent {
  private constructor(
    private readonly process: ChildProcess,
    private readonly greeter: Server,
    private readonly folder: string,
  ) {}

  /** @param secret of an enrolment token */
  static async start(serverUrl: string, secret: string, name = 'Quay'): Promise<PlugInAgent> {
    const folder = mkdtempSync(join(tmpdir(), 'plug-in-'));
    const greeter = createServer((socket) => socket.on('error', () => socket.destroy()).write('220 harbour ESMTP\r\n')).listen(
      0,
      '127.0.0.1',
    );
    await once(greeter, 'listening');
    const args = ['agent', '--server', serverUrl, '--data', folder, '--name', name, '--plugin', SAMPLE, '--log-level', 'error'];
    const child = spawn(process.execPath, [programPath(), ...args], {
      env: { ...process.env, STREAMSWARM_TOKEN: secret },
      stdio: ['ignore', 'inherit', 'inherit'],
    });
    return new PlugInAgent(child, greeter, folder);
  }

  /** Where the greeting server listens: host and port. */
  get target(): string {
    return `127.0.0.1:${(this.greeter.address() as AddressInfo).port}`;
  }

  /** Ends both and removes the agent's folder. */
  async end(): Promise<void> {
    if (this.process.exitCode === null) {
      const ended = once(this.process, 'exit');
      this.process.kill('SIGTERM');
      await ended;
    }
    this.greeter.close();
    rmSync(this.folder, { recursive: true, force: true });
  }
}
