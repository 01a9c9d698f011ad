import { expect, type Page } from '@playwright/test'

/** A plan reads the whole source; on a busy machine it takes its time. */
const planMs = 120_000

export interface Chosen {
  why: string
  /** Only these tables; those that lost rows when left out. */
  tables?: readonly string[]
  /** The card of the copy; the recommended one when left out. */
  source?: RegExp
  /** The card of the place; a copy beside the original when left out. */
  into?: RegExp
}

const go = (page: Page, name: string) =>
  page.getByRole('main').getByRole('button', { name, exact: true }).click()

const isAt = (page: Page, heading: string) =>
  expect(page.getByRole('main').getByRole('heading', { name: heading })).toBeVisible()

/** No step scrolls sideways, whatever the screen. */
export async function expectToFit(page: Page): Promise<void> {
  const width = page.viewportSize()!.width
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width)
}

/** From the step “what was lost” to the step “where”. */
export async function chooseRows(page: Page, { tables, source }: Omit<Chosen, 'why'>): Promise<void> {
  await isAt(page, 'What was lost?')
  await expectToFit(page)
  if (tables) {
    await page.getByRole('radio', { name: /These tables|Tables that I choose/ }).check()
    for (const box of await page.getByRole('main').getByRole('checkbox').all())
      await box.setChecked(tables.includes((await box.locator('xpath=../span/span[1]').innerText()).trim()))
  }
  await go(page, 'From which copy')
  await isAt(page, 'From which copy?')
  await expectToFit(page)
  if (source) await page.getByRole('radio', { name: source }).first().check()
  await go(page, 'Where, and how much')
  await isAt(page, 'Where to, and how much?')
}

/** Asks for the plan from the step “where”; waits for it and returns its path. */
export async function askForPlan(page: Page, into?: RegExp): Promise<string> {
  await isAt(page, 'Where to, and how much?')
  await expectToFit(page)
  if (into) await page.getByRole('radio', { name: into }).check()
  await go(page, 'Show what would be written')
  await page.waitForURL(/\/operations\/[0-9a-f-]{36}$/)
  await expectPlan(page)
  return new URL(page.url()).pathname
}

/** The plan on this page waits for its approval. */
export const expectPlan = (page: Page) =>
  expect(page.getByRole('main').getByText('awaiting approval', { exact: true }).first()).toBeVisible({
    timeout: planMs,
  })

/** Every step of a restore, from “why” to its plan; returns the plan's path. */
export async function chooseRestore(page: Page, chosen: Chosen): Promise<string> {
  await isAt(page, 'Why is something restored?')
  await expectToFit(page)
  await page.getByLabel('Why').fill(chosen.why)
  await go(page, 'What was lost')
  await chooseRows(page, chosen)
  return askForPlan(page, chosen.into)
}
