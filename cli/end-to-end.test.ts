import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { programPath } from './program.js';
import { launchBrowser } from './testing/browser.js';
import { openTest, setUpInBrowser, signInBrowser } from './testing/first-steps.js';
import { RunningUp } from './testing/running-up.js';

/** Two measurements of loopback on a busy machine may differ by so much, ms; a wrong unit or a made-up number differs by more. */
const TOLERANCE_MS = 1;

async function measureBeside(): Promise<{ median: number; bound: number }> {
  const { stdout } = await promisify(execFile)(process.execPath, [programPath(), 'probe', 'ping', '127.0.0.1', '--json']);
  const run = JSON.parse(stdout) as { metrics: Record<string, number>; errorBounds: Record<string, number> };
  const median = run.metrics['ping.rtt.p50'];
  if (median === undefined) throw new Error(`no median RTT in ${stdout}`);
  return { median, bound: run.errorBounds['ping.rtt.p50'] ?? 0 };
}

describe('from an empty folder to a moving chart, in a real browser', () => {
  let up: RunningUp;
  let browser: Browser;
  let page: Page;
  const complaints: string[] = [];

  beforeAll(async () => {
    // One after the other, so that each is known by the time the other can fail.
    browser = await launchBrowser();
    up = await RunningUp.start();
    page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
    page.setDefaultTimeout(30_000);
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));
  });
  afterAll(async () => {
    await browser?.close();
    await up?.remove();
  });

  it('the set-up link makes the first administrator and signs in', async () => {
    await setUpInBrowser(page, up.setupUrl);
    expect(await page.getByTestId('nav-overview').isVisible()).toBe(true);
  });

  it('the chart of the first test grows by itself', { timeout: 120_000 }, async () => {
    await openTest(page, 'This machine');
    const chart = page.locator('[data-testid="chart"][data-metric^="ping.rtt"]').first();
    await chart.waitFor({ state: 'attached' });
    const points = async (): Promise<number> => Number(await chart.getAttribute('data-points'));
    await expect.poll(points, { timeout: 60_000 }).toBeGreaterThanOrEqual(1);
    const before = await points();
    await expect.poll(points, { timeout: 60_000 }).toBeGreaterThan(before + 1);
  });

  it('the RTT on the page agrees with a measurement taken beside it', { timeout: 60_000 }, async () => {
    const beside = await measureBeside();
    const shown = Number(await page.locator('[data-testid="latest-value"][data-metric="ping.rtt.p50"]').first().getAttribute('data-value'));
    expect(shown).toBeGreaterThan(0);
    expect(Math.abs(shown - beside.median)).toBeLessThan(TOLERANCE_MS + beside.bound);
  });

  it('the set-up link does not work twice', async () => {
    const other = await browser.newPage();
    await other.goto(up.setupUrl);
    await other
      .getByTestId('login-username')
      .or(other.getByText(/already|used|sign in/i))
      .first()
      .waitFor();
    expect(await other.getByTestId('setup-submit').count()).toBe(0);
    await other.close();
  });

  it('after a restart the open page goes on by itself', { timeout: 120_000 }, async () => {
    const chart = page.locator('[data-testid="chart"][data-metric^="ping.rtt"]').first();
    const points = async (): Promise<number> => Number(await chart.getAttribute('data-points'));
    const before = await points();
    expect(await up.stop()).toBe(0);
    await up.restart();
    await expect.poll(points, { timeout: 60_000 }).toBeGreaterThan(before + 1);
  });

  it('another visitor signs in with the password, and finds the results that were there', { timeout: 60_000 }, async () => {
    const other = await browser.newPage();
    await signInBrowser(other, up.url);
    await openTest(other, 'This machine');
    const chart = other.locator('[data-testid="chart"][data-metric^="ping.rtt"]').first();
    await expect.poll(async () => Number(await chart.getAttribute('data-points')), { timeout: 30_000 }).toBeGreaterThanOrEqual(2);
    await other.close();
  });

  it('no page complained in the console', () => {
    // While the server was away the browser itself said so, once an attempt.
    expect(complaints.filter((text) => !text.includes('ERR_CONNECTION_REFUSED'))).toEqual([]);
  });

  it('Ctrl-C ends everything cleanly', async () => {
    expect(await up.stop()).toBe(0);
  });
});
