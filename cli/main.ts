#!/usr/bin/env node
import './production.js';
import { Command, CommanderError } from 'commander';
import { AGENT_VERSION } from '../agent/version.js';
import { backupCommand, restoreCommand } from './commands/admin/backup.js';
import { migrateCommand } from './commands/admin/migrate.js';
import { purgeCommand } from './commands/admin/purge.js';
import { tokenCommand } from './commands/admin/token.js';
import { userCommand } from './commands/admin/user.js';
import { agentCommand } from './commands/agent.js';
import { createProbeCommand } from './commands/create-probe.js';
import { doctorCommand } from './commands/doctor.js';
import { probeCommand } from './commands/probe.js';
import { serverCommand } from './commands/server.js';
import { upCommand } from './commands/up.js';

/** Exit status for a command line that makes no sense. */
const BAD_USAGE = 2;

/** The whole command line, `streamswarm`. */
export function createProgram(): Command {
  const program = new Command('streamswarm')
    .description('Learn where a network is slow, lossy or mistreated, and why.')
    .version(AGENT_VERSION, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'explain a command')
    .showHelpAfterError('(add --help for what is possible)');
  const administration = [userCommand(), tokenCommand(), backupCommand(), restoreCommand(), migrateCommand(), purgeCommand()];
  for (const command of [
    upCommand(),
    serverCommand(),
    agentCommand(),
    probeCommand(),
    createProbeCommand(),
    doctorCommand(),
    ...administration,
  ]) {
    // Each command reports bad usage in the same way as the program itself.
    program.addCommand(command.copyInheritedSettings(program));
  }
  exitByThrowing(program);
  return program;
}

function exitByThrowing(command: Command): void {
  command.exitOverride();
  for (const child of command.commands) exitByThrowing(child);
}

async function main(): Promise<void> {
  try {
    await createProgram().parseAsync(process.argv);
  } catch (error) {
    if (error instanceof CommanderError) {
      // --help and --version end here as well, with status 0.
      process.exitCode = error.exitCode === 0 ? 0 : BAD_USAGE;
      return;
    }
    console.error(error instanceof Error ? error.message : String(error));
    if (process.env.STREAMSWARM_DEBUG && error instanceof Error) console.error(error.stack);
    process.exitCode = 1;
  } finally {
    // The channel to `up`, where there is one, would keep a process alive that has nothing left to do.
    if (process.connected) process.disconnect();
  }
}

await main();
