import { join, resolve } from 'node:path';
import { Command } from 'commander';
import { hasIdentity } from '../../agent/identity.js';
import { SupervisedChild } from '../child.js';
import type { ParentMessage, ServerMessage } from '../messages.js';
import { untilAskedToStop } from '../signals.js';
import { devWithoutLoginOption, logLevelOption, portNumber } from './options.js';

interface Options {
  port: number;
  host: string;
  data: string;
  logLevel: string;
  devWithoutLogin?: boolean;
  agent: boolean;
  demo: boolean;
}

const LOCAL_AGENT = 'local';

/** `streamswarm up`: server and a local agent side by side, each a process of its own. What `npm start` runs. */
export function upCommand(): Command {
  return new Command('up')
    .description('run the server, a local agent and a first test on this machine')
    .option('--port <number>', 'port of the dashboard and the API', portNumber, 4000)
    .option('--host <address>', 'address to listen on; 0.0.0.0 for every interface', '127.0.0.1')
    .option('--data <folder>', 'where everything is kept', './data')
    .addOption(devWithoutLoginOption())
    .addOption(logLevelOption().default('warn'))
    .option('--no-agent', 'run no agent on this machine')
    .option('--no-demo', 'create no first test')
    .action(async (options: Options) => new Up(options).run());
}

/** The life of `up`: first the server, then, as soon as that says that it is ready, the agent. */
class Up {
  readonly #server: SupervisedChild;
  readonly #agent: SupervisedChild;
  #url: string | undefined;
  #token: string | undefined;
  #agentStarted = false;
  #failure: string | undefined;
  #giveUp: () => void = () => undefined;

  constructor(private readonly options: Options) {
    this.#server = new SupervisedChild('server', async () => ({ args: this.#serverArguments() }), (message) => this.#heard(message as ServerMessage), (status) => this.#serverEnded(status)); // prettier-ignore
    this.#agent = new SupervisedChild(
      'agent',
      async () => this.#agentStart(),
      () => undefined,
      () => true,
    );
  }

  /** Runs until somebody stops it. @throws Error when the server cannot even start. */
  async run(): Promise<void> {
    const gaveUp = new Promise<void>((done) => (this.#giveUp = done));
    await this.#server.start();
    await Promise.race([untilAskedToStop(), gaveUp]);
    await this.#agent.stop();
    await this.#server.stop();
    if (this.#failure) throw new Error(this.#failure);
  }

  #serverArguments(): string[] {
    const { host, data, logLevel, devWithoutLogin } = this.options;
    // A restarted server keeps the port that it had, so that agents and pages find it again.
    const port = this.#url ? new URL(this.#url).port : String(this.options.port);
    return [
      'server',
      '--host',
      host,
      '--port',
      port,
      '--data',
      data,
      '--log-level',
      logLevel,
      ...(devWithoutLogin ? ['--dev-without-login'] : []),
    ];
  }

  #serverEnded(status: string): boolean {
    if (this.#url) return true;
    this.#failure = `The server did not start (${status}); its message stands above.`;
    this.#giveUp();
    return false;
  }

  #heard(message: ServerMessage): void {
    if (message.type === 'failed') console.error(message.message);
    else if (message.type === 'enrolled') void this.#startAgent(message.secret);
    else this.#serverReady(message.url, message.setupUrl);
  }

  #serverReady(url: string, setupUrl: string | null): void {
    const first = this.#url === undefined;
    this.#url = url;
    if (!first) return;
    this.#announce(url, setupUrl);
    if (!this.options.agent) return;
    if (hasIdentity(this.#agentData())) void this.#startAgent(undefined);
    else this.#ask({ type: 'enroll', name: LOCAL_AGENT });
    if (this.options.demo) this.#ask({ type: 'first-test', agentName: LOCAL_AGENT });
  }

  #ask(message: ParentMessage): void {
    this.#server.send(message);
  }

  async #startAgent(token: string | undefined): Promise<void> {
    if (this.#agentStarted) return;
    this.#agentStarted = true;
    this.#token = token;
    await this.#agent.start();
  }

  #agentStart(): { args: string[]; env: NodeJS.ProcessEnv } {
    const args = [
      'agent',
      '--server',
      this.#url ?? '',
      '--name',
      LOCAL_AGENT,
      '--data',
      this.#agentData(),
      '--log-level',
      this.options.logLevel,
    ];
    // The token goes through the environment, not the command line, which everybody on the host can read.
    return { args, env: this.#token ? { STREAMSWARM_TOKEN: this.#token } : {} };
  }

  #agentData(): string {
    return join(this.options.data, 'agent');
  }

  #announce(url: string, setupUrl: string | null): void {
    const lines = [
      '',
      '  StreamSwarm is running.',
      '',
      `  Dashboard    ${url}`,
      ...(setupUrl ? [`  First start  create the administrator here (the link works once):`, `               ${setupUrl}`] : []),
      `  Data         ${resolve(this.options.data)}`,
      '  Stop         Ctrl-C',
      '',
    ];
    console.log(lines.join('\n'));
  }
}
