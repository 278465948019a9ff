import { existsSync } from 'node:fs';
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
  // The package unpacks the libraries that it carries (libnss3 and others) only where it believes to be in that environment.
  process.env.AWS_EXECUTION_ENV ??= 'AWS_Lambda_nodejs20.x';
  const { default: packaged } = await import('@sparticuz/chromium');
  return packaged.executablePath();
}
