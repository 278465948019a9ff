import { existsSync, mkdirSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { chromium, type Browser } from 'playwright-core';

/** As root in a container, without a GPU, and without a word to anybody outside this machine. */
const FLAGS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/**
 * A headless Chromium: the one that `CHROMIUM_PATH` names, else the one that npm brought (`@sparticuz/chromium`, Linux).
 *
 * @throws Error when `CHROMIUM_PATH` names a file that is not there.
 */
export async function launchBrowser(): Promise<Browser> {
  return chromium.launch({ executablePath: await browserPath(), args: FLAGS });
}

async function browserPath(): Promise<string> {
  const given = process.env.CHROMIUM_PATH;
  if (given) {
    if (!existsSync(given)) throw new Error(`CHROMIUM_PATH names ${given}, which is not there`);
    return given;
  }
  const { default: packaged } = await inFolderOfThisUser(() => import('@sparticuz/chromium'));
  return inFolderOfThisUser(() => packaged.executablePath());
}

/** The package unpacks itself into the folder for temporary files, where another user's copy could stand in the way. */
async function inFolderOfThisUser<T>(work: () => Promise<T>): Promise<T> {
  const before = process.env.TMPDIR;
  const folder = join(tmpdir(), `streamswarm-chromium-${userInfo().uid}`);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  process.env.TMPDIR = folder;
  // The package unpacks the libraries that it carries (libnss3 and others) only where it believes to be in that environment.
  process.env.AWS_EXECUTION_ENV ??= 'AWS_Lambda_nodejs20.x';
  try {
    return await work();
  } finally {
    if (before === undefined) delete process.env.TMPDIR;
    else process.env.TMPDIR = before;
  }
}
