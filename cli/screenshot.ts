/// <reference lib="dom" />
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { packageRoot } from '../server/config.js';
import { launchBrowser } from './testing/browser.js';
import { openTest, setUpInBrowser } from './testing/first-steps.js';
import { RunningUp } from './testing/running-up.js';

/** Points that the picture's charts have at least: about two minutes of the first test. */
const POINTS = 24;

/** `npm run screenshot`: makes the README's picture of the live page from a real run on loopback. */
async function main(): Promise<void> {
  const folder = join(packageRoot(), 'docs', 'images');
  await mkdir(folder, { recursive: true });
  const browser = await launchBrowser();
  const up = await RunningUp.start();
  try {
    const page = await browser.newPage({ viewport: { width: 1440, height: 860 } });
    await setUpInBrowser(page, up.setupUrl);
    await openTest(page, 'This machine');
    await page.waitForFunction(
      (least) => Number(document.querySelector('[data-testid="chart"]')?.getAttribute('data-points')) >= least,
      POINTS,
      { timeout: 300_000 },
    );
    await page.screenshot({ path: join(folder, 'live.png') });
    console.log(`docs/images/live.png shows ${up.url}`);
  } finally {
    await browser.close();
    await up.remove();
  }
}

await main();
