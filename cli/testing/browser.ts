import { existsSync } from 'node:fs';
import { chromium, type Browser } from 'playwright-core';
import { unpackedChromium, type UnpackedBrowser } from './chromium.js';

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
  const { executablePath, env } = await browser();
  return chromium.launch({ executablePath, args: FLAGS, env: { ...process.env, ...env } });
}

async function browser(): Promise<UnpackedBrowser> {
  const given = process.env.CHROMIUM_PATH;
  if (!given) return unpackedChromium();
  if (!existsSync(given)) throw new Error(`CHROMIUM_PATH names ${given}, which is not there`);
  return { executablePath: given, env: {} };
}
