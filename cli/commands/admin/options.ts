import { Command } from 'commander';

/** What every command for administration takes. */
export interface AdminOptions {
  readonly data?: string;
  readonly databaseUrl?: string;
  readonly json?: boolean;
}

/** A command that works on the data folder or the database directly, whether a server runs there or not. */
export function adminCommand(name: string, description: string): Command {
  return new Command(name)
    .description(description)
    .option('--data <folder>', 'data folder of the server (default: STREAMSWARM_DATA, else ./data)')
    .option('--database-url <url>', 'PostgreSQL database of the server (default: DATABASE_URL, else SQLite in the data folder)')
    .option('--json', 'print one JSON value instead of text');
}

/** Prints a result: as JSON, or in words. */
export function print(options: AdminOptions, value: unknown, text: () => string): void {
  console.log(options.json ? JSON.stringify(value, null, 2) : text());
}
