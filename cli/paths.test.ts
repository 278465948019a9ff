import type { Browser, Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { agentInput, enrolmentToken, REGISTER, type Registered } from '../server/testing/agents.js';
import { HttpClient } from '../server/testing/client.js';
import { createTest, submit, testInput, type SeenTest } from '../server/testing/measuring.js';
import { trace, tracer } from '../server/testing/tracing.js';
import { ApiClient } from './testing/api-client.js';
import { launchBrowser } from './testing/browser.js';
import { openTest, signInBrowser } from './testing/first-steps.js';
import { RunningUp } from './testing/running-up.js';

describe('the ways that traces saw, in a real browser', () => {
  let up: RunningUp;
  let browser: Browser;
  let page: Page;
  let agent: HttpClient;
  let test: SeenTest;
  const begin = Date.now() - 3_600_000;
  const minute = (n: number): number => begin + n * 60_000;

  beforeAll(async () => {
    browser = await launchBrowser();
    up = await RunningUp.start();
    const admin = new HttpClient(up.url);
    admin.cookie = (await ApiClient.setUp(up.setupUrl)).cookie;
    const enrolling = new HttpClient(up.url, (await enrolmentToken(admin)).secret);
    const { registerAgent } = await enrolling.data<Registered>(REGISTER, { input: agentInput({ probes: [tracer()] }) });
    agent = new HttpClient(up.url, registerAgent.secret);
    const probes = [{ probe: 'traceroute' }];
    test = await createTest(admin, testInput([registerAgent.agent.id], { name: 'Ways', probes, schedule: { intervalSeconds: 60 } }));
    await send(trace(test, minute(0), ['198.18.0.1', '', '198.18.0.3', '198.18.0.9']));
    page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
    page.setDefaultTimeout(20_000);
    await signInBrowser(page, up.url);
    await openTest(page, 'Ways');
    await page.getByTestId('tab-traceroute').click();
  });
  afterAll(async () => {
    await browser?.close();
    await up?.remove();
  });

  async function send(...results: Record<string, unknown>[]): Promise<void> {
    expect(await submit(agent, results)).toMatchObject({ rejected: [] });
  }
  const lines = async (table: Locator): Promise<string[]> =>
    (await table.locator('tbody tr').allInnerTexts()).map((text) => text.replace(/\s+/g, ' ').trim());

  it('are drawn hop by hop, a silent one said to be so', async () => {
    const route = page.getByTestId('route');
    await route.getByText('Attic → harbour.example').waitFor();
    await route.getByText('4 hops by ICMP').waitFor();
    expect(await lines(route.getByTestId('hops'))).toEqual([
      '1 198.18.0.1 1 ms 2 ms – 3 / 3',
      '2 No answer: the router is silent, or what it sends is dropped',
      '3 198.18.0.3 3 ms 4 ms – 3 / 3',
      '4 198.18.0.9 4 ms 5 ms – 3 / 3',
    ]);
    expect(await page.getByTestId('path-changes').count()).toBe(0);
  });

  it('show a change as it happens: where the way turned, and the way that it was', async () => {
    const other = ['198.18.0.1', '', '198.18.0.4', '198.18.0.9'];
    await send(trace(test, minute(1), other), trace(test, minute(2), other));
    await page.getByTestId('path-change').getByText('goes by another router').waitFor();
    const route = page.getByTestId('route');
    await route.locator('tr.changed').getByText('198.18.0.4').waitFor();
    expect(await route.locator('tr.changed').count()).toBe(1);
    await route.getByText('1 other way seen').click();
    await expect.poll(async () => (await lines(route.getByTestId('hops').nth(1)))[2]).toContain('198.18.0.3 other than now');
  });
});
