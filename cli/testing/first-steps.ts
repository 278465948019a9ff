import type { Page } from 'playwright-core';

/** The administrator that the end-to-end tests create. */
export const ADMINISTRATOR = { username: 'ada', password: 'correct-horse-battery-41' };

/** Follows the one-time link and creates the administrator, as a person would. */
export async function setUpInBrowser(page: Page, setupUrl: string): Promise<void> {
  await page.goto(setupUrl);
  await page.getByTestId('setup-username').locator('input').fill(ADMINISTRATOR.username);
  await page.getByTestId('setup-password').locator('input').fill(ADMINISTRATOR.password);
  await page.getByTestId('setup-submit').click();
  await page.getByTestId('nav-tests').waitFor();
}

/** Opens a test's live page from the list. */
export async function openTest(page: Page, name: string): Promise<void> {
  await page.getByTestId('nav-tests').click();
  await page.getByTestId('test-row').filter({ hasText: name }).click();
}
