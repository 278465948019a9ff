import type { Page } from 'playwright-core';

/** The administrator that the end-to-end tests create. */
export const ADMINISTRATOR = { username: 'ada', password: 'correct-horse-battery-41' };

/** Follows the one-time link and creates the administrator, as a person would. */
export async function setUpInBrowser(page: Page, setupUrl: string): Promise<void> {
  await page.goto(setupUrl);
  await fillFirstField(page, 'setup-username');
  await page.getByTestId('setup-password').locator('input').fill(ADMINISTRATOR.password);
  await page.getByTestId('setup-submit').click();
  await page.getByTestId('nav-tests').waitFor();
}

/** Types the user name into the field that takes the focus by itself; not before it has it, or it would take it from the next one. */
export async function fillFirstField(page: Page, testId: string, username = ADMINISTRATOR.username): Promise<void> {
  const field = page.getByTestId(testId);
  await field.locator('input:focus').waitFor();
  await field.locator('input').fill(username);
}

/** Opens a test's live page from the list. */
export async function openTest(page: Page, name: string): Promise<void> {
  await page.getByTestId('nav-tests').click();
  await page.getByTestId('test-row').filter({ hasText: name }).click();
}
