import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, type Page, test } from '@playwright/test'
import postgres from 'postgres'
import { dataDirectory, demoPeople, demoUrl, signIn } from './people.ts'
import { holdfast } from './terminal.ts'

/** The worker installs the demo's guards after the first start. */
const installedMs = 90_000
/** The worker looks at the guards every few seconds. */
const noticedMs = 60_000

const urlIn = (file: string): URL => new URL(readFileSync(join(dataDirectory, file), 'utf8').trim())

/** The salon, as an application of this name sees it. */
const openSalon = (application: string, url = new URL(demoUrl('salon'))) =>
  postgres(url.href, { max: 1, onnotice: () => {}, connection: { application_name: application } })

/** The owner of the demo's server may make tables, as a migration would. */
function openSalonAsOwner() {
  const url = urlIn('control.url')
  url.pathname = '/salon'
  return openSalon('e2e-migration', url)
}

const coverageOf = (page: Page) => page.getByRole('table', { name: 'Coverage by table' })

test.describe('guards', () => {
  test('every protected table is shown with guard, budget and copies', async ({ browser }) => {
    test.setTimeout(installedMs + 30_000)
    const page = await signIn(browser, demoPeople().admin)
    await page.goto('/guards?target=salon')
    await expect(page.getByRole('main').getByText('11 of 11')).toBeVisible({ timeout: installedMs })
    const members = coverageOf(page).getByRole('row', { name: /core_relationships/ })
    await expect(members).toContainText('guarded')
    await expect(members).toContainText('row count, membership')
    const budget = page
      .getByRole('table', { name: 'Budgets by table' })
      .getByRole('row', { name: /core_relationships deletes/ })
    await expect(budget).toContainText('150 in 60 min')
    await expect(budget).toContainText('used')
    await expect(page.getByRole('main').getByText('Known ways past the guards')).toBeVisible()
  })

  test('an admin verifies them, a viewer has no button that would', async ({ browser }) => {
    test.setTimeout(installedMs)
    const people = demoPeople()
    const admin = await signIn(browser, people.admin)
    await admin.goto('/guards?target=salon')
    await admin.getByRole('button', { name: 'Verify now' }).click()
    await expect(admin.getByText('Verification requested')).toBeVisible()

    const manager = await signIn(browser, people.manager)
    await manager.goto('/guards?target=salon')
    await expect(manager.getByRole('heading', { name: 'Guards', exact: true })).toBeVisible()
    await expect(manager.getByRole('button', { name: /Verify|Install|Repair|Remove/ })).toHaveCount(0)
  })

  test('a table that has rows and is not protected is shown as such after the next archive', async ({
    browser,
  }) => {
    test.setTimeout(180_000)
    const salon = openSalonAsOwner()
    await salon.unsafe(`create table public.gift_cards (id int primary key);
      insert into public.gift_cards select generate_series(1, 7)`)
    try {
      await holdfast('backups', 'take', 'salon', '--kind', 'archive')
      const page = await signIn(browser, demoPeople().admin)
      await page.goto('/guards?target=salon')
      const row = coverageOf(page).getByRole('row', { name: /gift_cards/ })
      await expect(row).toContainText('not protected')
      await expect(row).toContainText('7')
      await expect(page.getByRole('main').getByText('1 table with rows is not protected yet')).toBeVisible()
    } finally {
      await salon.unsafe('drop table public.gift_cards')
      await salon.end()
    }
  })

  test('a dry run says what a budget would have refused, and saving puts it in force', async ({
    browser,
  }) => {
    test.setTimeout(180_000)
    const salon = openSalon('e2e-tidy')
    await salon`delete from public.invoice_lines where ctid in (select ctid from public.invoice_lines limit 4)`
    await salon.end()
    const page = await signIn(browser, demoPeople().admin)
    await page.goto('/guards?target=salon')
    await expect(page.getByRole('main').getByText('e2e-tidy').first()).toBeVisible({ timeout: noticedMs })
    const change = page.getByRole('button', { name: 'Change the budgets of public.invoice_lines' })
    await change.click()
    const dialog = page.getByRole('dialog')
    const dryRun = dialog.getByRole('region', { name: 'Dry run' })
    await expect(dryRun).toContainText('would have refused none')
    await dialog.getByLabel('Deletes: rows in one statement').fill('3')
    await expect(dryRun).toContainText('would have refused this 1 of 1 change')
    await expect(dryRun).toContainText('statement: 4 of 3 allowed')
    await dialog.getByLabel('Why').fill('nobody deletes more than 3')
    await dialog.getByRole('button', { name: 'Save' }).click()
    await expect(dialog).toContainText('is in force', { timeout: noticedMs })
    await dialog.getByRole('button', { name: 'Close' }).last().click()
    await expect(
      page.getByRole('table', { name: 'Budgets by table' }).getByRole('row', { name: /invoice_lines/ }),
    ).toContainText('3')

    await change.click()
    await dialog.getByLabel('Deletes: rows in one statement').fill('25')
    await dialog.getByLabel('Why').fill('as it was before the test')
    await dialog.getByRole('button', { name: 'Save' }).click()
    await expect(dialog).toContainText('another person approves it')
    const href = await dialog.getByRole('link', { name: 'look at the request' }).getAttribute('href')
    await holdfast('operations', 'cancel', href!.split('/').at(-1)!)
  })

  test('the timeline shows a refused attempt without its literals, and narrows to a table', async ({
    browser,
  }) => {
    test.setTimeout(120_000)
    const salon = openSalon('e2e-mass-delete')
    await expect(
      salon.unsafe(`delete from public.invoice_lines where invoice_id::text <> 'ann@example.com'`),
    ).rejects.toThrow(/refused/)
    await salon.end()
    const other = openSalon('e2e-other-table')
    await expect(other`delete from public.core_entities`).rejects.toThrow(/refused/)
    await other.end()
    const page = await signIn(browser, demoPeople().admin)
    await page.goto('/guards?target=salon')
    const attempts = page.getByRole('list', { name: 'Refused attempts' })
    const attempt = attempts.getByRole('listitem').filter({ hasText: 'e2e-mass-delete' }).first()
    await expect(attempt).toContainText('too many rows in one statement', { timeout: noticedMs })
    await expect(attempt).toContainText('where invoice_id::text <> $1')
    await expect(page.getByText('ann@example.com')).toHaveCount(0)
    await expect(attempts.getByText('e2e-other-table').first()).toBeVisible({ timeout: noticedMs })
    const filters = page.getByRole('group', { name: 'Filter refused' })
    await filters.getByLabel('Table').selectOption({ label: 'public.invoice_lines' })
    await expect(attempts.getByText('e2e-other-table')).toHaveCount(0)
    await expect(attempt).toBeVisible()
    await filters.getByLabel('Kind').selectOption({ label: 'too many rows in one statement' })
    await expect(attempt).toBeVisible()
    await filters.getByRole('button', { name: 'Clear' }).click()
    await expect(attempts.getByText('e2e-other-table').first()).toBeVisible()
  })

  test('fits a phone', async ({ browser }) => {
    const page = await signIn(browser, demoPeople().admin)
    await page.setViewportSize({ width: 390, height: 844 })
    await page.goto('/guards?target=salon')
    await expect(page.getByRole('heading', { name: 'Coverage', exact: true })).toBeVisible()
    await expect(page.getByRole('heading', { name: 'Let go', exact: true })).toBeVisible()
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390)
  })
})
