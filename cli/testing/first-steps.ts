import type { Page } from 'playwright-core';

/** The administrator that the end-to-end tests create. */
export const ADMINISTRATOR = { username: 'ada', password: 'correct-horse-battery-41' };

/** How often fields are filled anew where a field that took the focus by itself got what was meant for another. */
const MOST_TRIES = 5;

/**
 * Fills fields, by their test ids. The first of a form takes the focus by itself once it is seen, which may be in the middle of typing into another:
 * all are looked at afterwards, and filled again where that happened.
 *
 * @throws Error where they do not keep what is typed
 */
export async function fillFields(page: Page, texts: Readonly<Record<string, string>>): Promise<void> {
  const fields = Object.entries(texts).map(([testId, text]) => ({ input: page.getByTestId(testId).locator('input'), text }));
  for (let tries = 0; tries < MOST_TRIES; tries++) {
    for (const { input, text } of fields) await input.fill(text);
    const held = await Promise.all(fields.map(async ({ input, text }) => (await input.inputValue()) === text));
    if (held.every(Boolean)) return;
  }
  throw new Error(`the fields ${Object.keys(texts).join(', ')} do not keep what is typed`);
}

/** Follows the one-time link and creates the administrator, as a person would. */
export async function setUpInBrowser(page: Page, setupUrl: string): Promise<void> {
  await page.goto(setupUrl);
  await fillFields(page, { 'setup-username': ADMINISTRATOR.username, 'setup-password': ADMINISTRATOR.password });
  await page.getByTestId('setup-submit').click();
  await page.getByTestId('nav-tests').waitFor();
}

/** Signs in on the login page, as a person would. */
export async function signInBrowser(page: Page, url: string, { username, password } = ADMINISTRATOR): Promise<void> {
  await page.goto(url);
  await fillFields(page, { 'login-username': username, 'login-password': password });
  await page.getByTestId('login-submit').click();
  await page.getByTestId('nav-tests').waitFor();
}

/** Opens a test's live page from the list. */
export async function openTest(page: Page, name: string): Promise<void> {
  await page.getByTestId('nav-tests').click();
  await page.getByTestId('test-row').filter({ hasText: name }).click();
}
