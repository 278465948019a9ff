import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describeOption, ENVIRONMENT, loadConfig, packageRoot, type ServerOptions } from './config.js';
import { SETTINGS } from './services/settings/definitions.js';

const INTRODUCTION = `# Configuration

StreamSwarm runs without any. This page is made from the code: change what is declared there, then run \`npm run build:node && node dist/server/configuration-document.js\`.

## Of a server process
Read when it starts; an option of \`streamswarm server\` goes before the environment.

| Environment variable | What it is | Default |
| --- | --- | --- |
`;

const SETTINGS_INTRODUCTION = `
## Of the installation
Administrators change these while everything runs: in the dashboard under Settings, or with \`setSystemSetting\`. They hold at once, on every server. The last column is what holds until
somebody sets something else; \`retention.*\` says how long something is kept, \`limits.*\` what the API allows.

| Key | What it is | Until it is set |
| --- | --- | --- |
`;

const escape = (text: string): string => text.replaceAll('|', '\\|');
const code = (text: string): string => (text === '' ? '' : `\`${text}\``);

/** The text of `docs/configuration.md`. */
export function configurationDocument(): string {
  const variables = Object.entries(ENVIRONMENT).map(([name, option]) => variableRow(name, option));
  const config = loadConfig({}, {});
  const settings = Object.entries(SETTINGS).map(([key, { description, initial }]) => {
    // Follows NODE_ENV where this is made: its description says how.
    const value = key === 'api.introspection' ? '' : String(initial(config));
    return `| \`${key}\` | ${escape(description)} | ${code(value)} |`;
  });
  return `${INTRODUCTION}${variables.join('\n')}\n${SETTINGS_INTRODUCTION}${settings.join('\n')}\n`;
}

function variableRow(name: string, option: keyof ServerOptions): string {
  const { description, initial } = describeOption(option);
  return `| \`${name}\` | ${escape(description)} | ${code(initial)} |`;
}

/** Where the page stands. */
export const CONFIGURATION_FILE = join(packageRoot(), 'docs', 'configuration.md');

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) writeFileSync(CONFIGURATION_FILE, configurationDocument());
