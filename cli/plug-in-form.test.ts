import type { Browser, Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { enrolmentToken } from '../server/testing/agents.js';
import { HttpClient } from '../server/testing/client.js';
import { ApiClient } from './testing/api-client.js';
import { launchBrowser } from './testing/browser.js';
import { signInBrowser } from './testing/first-steps.js';
import { PlugInAgent } from './testing/plug-in-agent.js';
import { RunningUp } from './testing/running-up.js';

describe('the form of a plug-in that neither server nor dashboard knows of, in a real browser', () => {
  let up: RunningUp;
  let browser: Browser;
  let page: Page;
  let agent: PlugInAgent;

  beforeAll(async () => {
    browser = await launchBrowser();
    up = await RunningUp.start(['--no-agent', '--no-demo']);
    const admin = new HttpClient(up.url);
    admin.cookie = (await ApiClient.setUp(up.setupUrl)).cookie;
    agent = await PlugInAgent.start(up.url, (await enrolmentToken(admin)).secret);
    page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
    page.setDefaultTimeout(20_000);
    await signInBrowser(page, up.url);
    await page.getByTestId('nav-agents').click();
    await page.getByTestId('agent-row').getByText('Quay').waitFor();
    await page.goto(`${up.url}/tests/new`);
  });
  afterAll(async () => {
    await browser?.close();
    await agent?.end();
    await up?.remove();
  });

  const setting = (key: string): Locator => page.getByTestId(`setting-${key}`);
  const input = (within: Locator): Locator => within.locator('input, textarea').first();

  it('has a field for each setting, with its own words, limits and default', async () => {
    await input(page.getByTestId('probe-banner')).check();
    await setting('expect').getByText('Text that the banner must hold, as in "SSH-2.0".').waitFor();
    await setting('waitMs').getByText('How long to wait for the connection and the banner together, ms. 10 to 60000.').waitFor();
    expect(await input(setting('waitMs')).inputValue()).toBe('3000');
    expect(await input(setting('expect')).inputValue()).toBe('');
  });

  it('says at once what is wrong, by the rules of the plug-in', async () => {
    await input(setting('waitMs')).fill('5');
    await input(setting('expect')).focus();
    await setting('waitMs').getByText('At least 10.').waitFor();
    await input(setting('waitMs')).fill('2000');
    await setting('waitMs').getByText('At least 10.').waitFor({ state: 'detached' });
  });

  it('makes a test whose values are shown with the names that the plug-in gave them', async () => {
    await input(setting('expect')).fill('ESMTP');
    await input(page.getByTestId('test-name')).fill('Greetings');
    await input(page.getByTestId('test-targets')).fill(agent.target);
    // The only agent is chosen already, and probes that are usually wanted.
    await page.getByTestId('test-agents').getByText('Quay').waitFor();
    for (const usual of ['ping', 'tcp']) await input(page.getByTestId(`probe-${usual}`)).uncheck();
    await input(page.getByTestId('test-interval')).fill('1');
    await page.getByTestId('test-submit').click();
    await page.getByRole('heading', { name: 'Greetings' }).waitFor();
    await page.getByTestId('tab-banner').click();
    await page.getByText('Length of the banner').first().waitFor();
    const shown = page.locator('[data-testid="latest-value"][data-metric="banner.length"]');
    await expect.poll(() => shown.getAttribute('data-value'), { timeout: 20_000 }).toBe('19');
  });
});
