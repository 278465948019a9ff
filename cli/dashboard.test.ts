import { readFile } from 'node:fs/promises';
import type { Browser, Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ApiClient } from './testing/api-client.js';
import { launchBrowser } from './testing/browser.js';
import { ADMINISTRATOR, openTest, setUpInBrowser, signInBrowser } from './testing/first-steps.js';
import { RunningUp } from './testing/running-up.js';

interface Defined {
  readonly id: string;
  readonly name: string;
  readonly revision: number;
  readonly description: string | null;
  readonly targets: readonly { readonly address: string }[];
  readonly agents: readonly { readonly id: string }[];
  readonly probes: readonly { readonly probe: string; readonly settings: object }[];
  readonly schedule: { readonly intervalSeconds: number; readonly durationSeconds: number | null };
}
const DEFINITION =
  'id name revision description targets { address } agents { id } probes { probe settings } schedule { intervalSeconds durationSeconds }';

describe('what operators and administrators do in the dashboard, in a real browser', () => {
  let up: RunningUp;
  let browser: Browser;
  let page: Page;
  let api: ApiClient;
  const complaints: string[] = [];

  beforeAll(async () => {
    browser = await launchBrowser();
    up = await RunningUp.start();
    page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
    page.setDefaultTimeout(20_000);
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));
    await setUpInBrowser(page, up.setupUrl);
    // The first test is made once the agent has registered.
    await page.getByTestId('nav-tests').click();
    await page.getByTestId('test-row').waitFor();
    api = await ApiClient.signIn(up.url, ADMINISTRATOR.username, ADMINISTRATOR.password);
  });
  afterAll(async () => {
    await browser?.close();
    await up?.remove();
  });

  const tests = async (): Promise<Defined[]> =>
    (await api.ask<{ tests: { nodes: Defined[] } }>(`{ tests { nodes { ${DEFINITION} } } }`)).tests.nodes;
  const only = async (name: string): Promise<Defined> => {
    const found = (await tests()).find((test) => test.name === name);
    if (!found) throw new Error(`there is no test ${name}`);
    return found;
  };
  /** A test as the API takes it, from the one that is there. */
  const inputOf = (test: Defined, changes: object): object => ({
    name: test.name,
    description: test.description,
    targets: test.targets.map(({ address }) => address),
    agentIds: test.agents.map(({ id }) => id),
    probes: test.probes,
    schedule: test.schedule,
    ...changes,
  });
  const field = (testId: string): Locator => page.getByTestId(testId).locator('input, textarea').first();

  it('a test is edited: the form shows what it is, and only what was changed is changed', async () => {
    const before = await only('This machine');
    await openTest(page, 'This machine');
    await page.getByTestId('edit-test').click();
    await expect.poll(() => field('test-name').inputValue()).toBe('This machine');
    expect(await field('test-interval').inputValue()).toBe(String(before.schedule.intervalSeconds));
    await field('test-name').fill('Loopback');
    await field('test-interval').fill('3');
    await page.getByTestId('test-submit').click();
    await page.getByRole('heading', { name: 'Loopback' }).waitFor();
    expect(await only('Loopback')).toEqual({
      ...before,
      name: 'Loopback',
      revision: before.revision + 1,
      schedule: { ...before.schedule, intervalSeconds: 3 },
    });
  });

  it('what was typed survives leaving the page, and goes when it is cancelled', async () => {
    const { id } = await only('Loopback');
    await page.goto(`${up.url}/tests/${id}/edit`);
    await field('test-name').fill('Half a name');
    await page.getByTestId('nav-agents').click();
    await page.goto(`${up.url}/tests/${id}/edit`);
    await expect.poll(() => field('test-name').inputValue()).toBe('Half a name');
    await page.getByText('Cancel', { exact: true }).click();
    await page.getByTestId('edit-test').click();
    await expect.poll(() => field('test-name').inputValue()).toBe('Loopback');
  });

  it('somebody else’s change is no lost work: theirs is taken over, mine stays', async () => {
    const loaded = await only('Loopback');
    await page.goto(`${up.url}/tests/${loaded.id}/edit`);
    await field('test-name').fill('Loopback, mine');
    const update = 'mutation ($id: ID!, $input: TestInput!) { updateTest(id: $id, input: $input) { revision } }';
    const theirs = { name: 'Loopback, theirs', schedule: { ...loaded.schedule, intervalSeconds: 7 } };
    await api.ask(update, { id: loaded.id, input: inputOf(loaded, theirs) });

    await page.getByTestId('test-submit').click();
    const conflict = page.getByTestId('conflict');
    await conflict.getByText('Somebody else changed this test').waitFor();
    expect(await field('test-name').inputValue()).toBe('Loopback, mine');
    await page.getByTestId('take-newer').click();
    await conflict.getByText('theirs is “Loopback, theirs”').waitFor();
    expect([await field('test-name').inputValue(), await field('test-interval').inputValue()]).toEqual(['Loopback, mine', '7']);

    await page.getByTestId('test-submit').click();
    await page.getByRole('heading', { name: 'Loopback, mine' }).waitFor();
    const saved = await only('Loopback, mine');
    expect([saved.schedule.intervalSeconds, saved.revision]).toEqual([7, loaded.revision + 2]);
  });

  it('the results that the page shows are had as a file', async () => {
    await openTest(page, 'Loopback, mine');
    await page.getByTestId('tab-results').click();
    await page.locator('table tbody tr').first().waitFor();
    await page.getByTestId('export').click();
    const [download] = await Promise.all([page.waitForEvent('download'), page.getByTestId('export-link').first().click()]);
    const [head, first] = (await readFile(await download.path(), 'utf8')).split('\r\n');
    expect(head).toMatch(/^id,test,agent_id,agent,/);
    expect(first).toContain((await only('Loopback, mine')).id);
  });

  it('several tests are selected by mouse and keys, and deleted once it was said how many', async () => {
    const first = await only('Loopback, mine');
    const create = 'mutation ($input: TestInput!) { createTest(input: $input) { id } }';
    for (const name of ['Spare 1', 'Spare 2', 'Spare 3']) await api.ask(create, { input: inputOf(first, { name }) });
    await page.getByTestId('nav-tests').click();
    await page.getByTestId('test-row').filter({ hasText: 'Spare 1' }).getByTestId('select-test').locator('input').check();
    await page.locator('h1').click();
    // The newest, Spare 3, stands first.
    await page.keyboard.press('j');
    await page.keyboard.press('x');
    await page.getByTestId('bulk').getByText('2 tests selected').waitFor();
    await page.getByTestId('bulk-delete').click();
    expect(await page.getByTestId('confirm-submit').isDisabled()).toBe(true);
    await field('confirm-name').fill('2 tests');
    await page.getByTestId('confirm-submit').click();
    await page.getByTestId('bulk-said').getByText('2 tests deleted.').waitFor();
    expect((await tests()).map(({ name }) => name)).toEqual(['Spare 2', 'Loopback, mine']);
    await expect.poll(() => page.getByTestId('test-row').count()).toBe(2);
  });

  it('a test that somebody else deletes leaves the open list by itself', async () => {
    const { createTest } = await api.ask<{ createTest: { id: string } }>(
      'mutation ($input: TestInput!) { createTest(input: $input) { id } }',
      { input: inputOf(await only('Loopback, mine'), { name: 'Spare 4' }) },
    );
    const row = page.getByTestId('test-row').filter({ hasText: 'Spare 4' });
    await row.waitFor();
    await api.ask('mutation ($ids: [ID!]!) { deleteTests(ids: $ids) }', { ids: [createTest.id] });
    await row.waitFor({ state: 'detached' });
  });

  it('a page that stands open on a test says when somebody else deletes it, and so does one on which it is edited', async () => {
    const base = await only('Loopback, mine');
    for (const [name, edits] of [
      ['Spare 5', false],
      ['Spare 6', true],
    ] as const) {
      const create = 'mutation ($input: TestInput!) { createTest(input: $input) { id } }';
      const { createTest } = await api.ask<{ createTest: { id: string } }>(create, { input: inputOf(base, { name }) });
      await openTest(page, name);
      await page.getByRole('heading', { name }).waitFor();
      if (edits) {
        await page.getByTestId('edit-test').click();
        await field('test-name').fill('Half a name');
      }
      await api.ask('mutation ($ids: [ID!]!) { deleteTests(ids: $ids) }', { ids: [createTest.id] });
      if (!edits) await page.getByRole('heading', { name: 'This test was deleted' }).waitFor();
      else await page.getByTestId('test-deleted').getByText('Somebody deleted this test while you were editing it').waitFor();
    }
    // What was typed is there to be copied.
    expect(await field('test-name').inputValue()).toBe('Half a name');
  });

  it('deleting a test whose sessions are tests of their own says how many go with it', async () => {
    const base = await only('Loopback, mine');
    const schedule = { intervalSeconds: 60, durationSeconds: 60, cron: '0 0 1 1 *', recurrence: 'NEW_TEST' };
    const create = 'mutation ($input: TestInput!) { createTest(input: $input) { id } }';
    const { createTest } = await api.ask<{ createTest: { id: string } }>(create, { input: inputOf(base, { name: 'Yearly', schedule }) });
    await openTest(page, 'Yearly');
    await page.getByRole('button', { name: 'Start' }).click();
    await expect.poll(async () => (await tests()).filter(({ name }) => name.startsWith('Yearly')).length).toBe(2);
    await page.getByRole('button', { name: 'Delete', exact: true }).click();
    await page.getByText('1 test that its schedule made, one for each session, is deleted too').waitFor();
    await field('confirm-name').fill('Yearly');
    await page.getByTestId('confirm-submit').click();
    await page.waitForURL(`${up.url}/tests`);
    expect((await tests()).filter(({ id, name }) => id === createTest.id || name.startsWith('Yearly'))).toEqual([]);
  });

  it('a person is let in with a password to hand over, and signs in with it', async () => {
    await page.getByTestId('nav-settings').click();
    // What is above the button has come, so that it does not move any more.
    await page.getByTestId('session-row').first().waitFor();
    await page.getByTestId('person-row').waitFor();
    await page.getByTestId('new-person').click();
    await field('person-name').fill('grace');
    await page.getByTestId('person-submit').click();
    const password = (await page.getByTestId('person-password').textContent()) ?? '';
    await page.getByTestId('person-done').click();
    await page.locator('[data-testid="person-row"][data-name="grace"]').getByRole('cell', { name: 'Viewer', exact: true }).waitFor();

    const other = await (await browser.newContext()).newPage();
    await signInBrowser(other, up.url, { username: 'grace', password });
    await openTest(other, 'Spare 2');
    await other.getByRole('heading', { name: 'Spare 2' }).waitFor();
    expect([await other.getByTestId('edit-test').count(), await other.getByTestId('nav-audit').count()]).toEqual([0, 0]);
    await other.goto(`${up.url}/audit`);
    await other.getByText('Only administrators read the audit log').waitFor();
    await other.context().close();
  });

  it('a person’s role is changed, they are locked out, and deleted', async () => {
    const row = page.locator('[data-testid="person-row"][data-name="grace"]');
    await row.getByTestId('edit-person').click();
    await page.getByTestId('person-role').click();
    await page.getByRole('option', { name: 'Operator' }).click();
    await page.getByTestId('person-active').locator('input').uncheck();
    await page.getByTestId('person-save').click();
    await row.getByRole('cell', { name: 'Operator', exact: true }).waitFor();
    await row.getByText('Inactive').waitFor();

    await row.getByTestId('delete-person').click();
    await field('confirm-name').fill('grace');
    await page.getByTestId('confirm-submit').click();
    await row.waitFor({ state: 'detached' });
  });

  it('the last administrator stays, and the page says why', async () => {
    const row = page.locator(`[data-testid="person-row"][data-name="${ADMINISTRATOR.username}"]`);
    await row.getByTestId('delete-person').click();
    await field('confirm-name').fill(ADMINISTRATOR.username);
    await page.getByTestId('confirm-submit').click();
    await page.getByRole('alert').getByText('This is the last active administrator').waitFor();
    await page.getByText('Keep it', { exact: true }).click();

    await row.getByTestId('edit-person').click();
    await page.getByTestId('person-role').click();
    await page.getByRole('option', { name: 'Viewer' }).click();
    await page.getByTestId('person-save').click();
    await page.getByRole('alert').getByText('This is the last active administrator').waitFor();
    await page.keyboard.press('Escape');
    // By keys one goes on where one was.
    await row.locator('[data-testid="edit-person"]:focus').waitFor();
    await row.getByRole('cell', { name: 'Administrator', exact: true }).waitFor();
  });

  it('the audit log tells all of it, and can be narrowed down', async () => {
    await page.getByTestId('nav-audit').click();
    const act = (action: string): Locator => page.locator(`[data-testid="audit-row"][data-action="${action}"]`);
    await act('user.create').getByText('let a person in grace').waitFor();
    await act('test.update').first().getByText('Loopback, mine').waitFor();
    expect(await act('test.delete').count()).toBe(7);
    await act('login').first().waitFor();

    await act('user.create').getByText('ada').click();
    await page.getByTestId('audit-action').click();
    await page.getByRole('option', { name: 'Tests' }).click();
    await expect.poll(() => act('user.create').count()).toBe(0);
    expect(new URL(page.url()).search).toBe('?actor=user:ada&action=test');
    await act('test.update').first().getByText('Loopback, mine').click();
    await page.getByRole('heading', { name: 'Loopback, mine' }).waitFor();
  });

  it('an agent is renamed, switched off and on, and removed', async () => {
    await page.getByTestId('nav-agents').click();
    await page.getByTestId('agent-row').click();
    await page.getByTestId('agent-rename').click();
    await field('agent-new-name').fill('Attic');
    await page.getByTestId('agent-rename-save').click();
    await page.getByRole('heading', { name: 'Attic', exact: true }).waitFor();

    await page.getByTestId('agent-switch').getByText('Switch off').click();
    await page.getByText('Disabled').waitFor();
    await page.getByTestId('agent-switch').getByText('Switch on').click();
    await page.getByText('Online').waitFor();

    await page.getByTestId('agent-delete').click();
    await field('confirm-name').fill('Attic');
    await page.getByTestId('confirm-submit').click();
    await page.getByText('No agent yet').waitFor();
    expect((await api.ask<{ agents: { totalCount: number } }>('{ agents { totalCount } }')).agents.totalCount).toBe(0);
  });

  it('no page complained in the console', () => {
    // A conflict, and what the last administrator was refused, are answers of status 200.
    expect(complaints).toEqual([]);
  });
});
