import { expect, test } from '@playwright/test'
import { demoPeople, signIn } from './people.ts'

/** The worker installs the demo's guards after the first start. */
const installedMs = 90_000

test.describe('guards', () => {
  test('every protected table is shown with guard, budget and copies', async ({ browser }) => {
    test.setTimeout(installedMs + 30_000)
    const page = await signIn(browser, demoPeople().admin)
    await page.goto('/guards?target=salon')
    await expect(page.getByText('11 of 11')).toBeVisible({ timeout: installedMs })
    const members = page
      .getByRole('table', { name: 'Coverage by table' })
      .getByRole('row', { name: /core_relationships/ })
    await expect(members).toContainText('installed')
    await expect(members).toContainText('25 rows in a statement')
    await expect(page.getByText('Known ways past the guards')).toBeVisible()
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

  test('fits a phone', async ({ browser }) => {
    const page = await signIn(browser, demoPeople().admin)
    await page.setViewportSize({ width: 390, height: 844 })
    await page.goto('/guards?target=salon')
    await expect(page.getByRole('heading', { name: 'Coverage', exact: true })).toBeVisible()
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390)
  })
})
