import { Command } from 'commander';
import { packageRoot } from '../../server/config.js';
import { scaffoldProbe, ScaffoldError } from '../create-probe/scaffold.js';

const DESCRIPTION = `make a folder with a new probe: it works, is tested, and waits for what you want to measure

NAME is up to 40 lower case letters, digits and hyphens; its metrics begin with it.
docs/probes/writing-a-probe.md tells what a probe owes.`;

/** `streamswarm create-probe`. */
export function createProbeCommand(): Command {
  const command = new Command('create-probe')
    .description(DESCRIPTION)
    .argument('<name>', 'what the probe is called')
    .option('--in <folder>', 'where its folder is made', '.');
  return command.action((name: string, options: { readonly in: string }) => create(command, name, options.in));
}

function create(command: Command, name: string, parent: string): void {
  try {
    const folder = scaffoldProbe(name, parent, packageRoot());
    console.log(`${folder} is made. What to do now:

  npm test --prefix ${folder}                 the suite that every probe passes
  streamswarm probe ${folder} 127.0.0.1:80    one run, without a server
  streamswarm agent --plugin ${folder} ...    an agent that has it`);
  } catch (error) {
    if (!(error instanceof ScaffoldError)) throw error;
    command.error(`error: ${error.message}`, { exitCode: 2 });
  }
}
