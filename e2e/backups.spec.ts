import { expect, type Page, test } from '@playwright/test'
import { demoPeople, signIn } from './people.ts'

const workMs = 90_000
const acts = /^(Snapshot now|Archive now|Drill now|Verify|Drill|Hold…|Release…|Accept…|Clear…|Cancel)$/

/** Takes an archive on the page and opens it in the list. */
async function takeArchive(page: Page): Promise<void> {
  await page.goto('/backups?target=salon&kind=archive')
  const archives = page
    .getByRole('table', { name: 'Backups' })
    .getByRole('row', { name: /archive .* manual/ })
  await expect(page.getByRole('button', { name: 'Archive now' })).toBeVisible()
  const before = await archives.count()
  await page.getByRole('button', { name: 'Archive now' }).click()
  await expect(archives).toHaveCount(before + 1, { timeout: workMs })
  await expect(archives.first()).toContainText('good', { timeout: workMs })
  await archives.first().getByRole('link').click()
  await expect(page.getByRole('heading', { name: /^Archive of salon/ })).toBeVisible()
}

test.describe('backups', () => {
  test('an archive is called proven only after a drill, and stays while somebody holds it', async ({
    browser,
  }) => {
    test.setTimeout(4 * workMs)
    const people = demoPeople()
    const admin = await signIn(browser, people.admin)
    await takeArchive(admin)
    const level = admin.getByRole('list', { name: 'Verification' })
    await expect(level.getByText('listed: reached')).toBeAttached()
    await expect(level.getByText('facts proven: not reached')).toBeAttached()
    await expect(admin.getByRole('main')).toContainText('nobody knows yet whether it restores')

    await admin.getByRole('button', { name: 'Verify', exact: true }).click()
    await expect(admin.getByText('Verification requested')).toBeVisible()
    await expect(level.getByText('facts proven: not reached')).toBeAttached()

    const drill = admin.getByRole('button', { name: 'Drill', exact: true })
    await expect(drill).toBeEnabled({ timeout: workMs })
    await drill.click()
    // With several stores it asks which copy.
    const copy = admin.getByRole('menuitem', { name: 'local' })
    await expect(copy.or(admin.getByText('Drill requested'))).toBeVisible()
    if (await copy.isVisible()) await copy.click()
    await expect(level.getByText('facts proven: reached')).toBeAttached({ timeout: workMs })
    await expect(admin.getByRole('main')).toContainText('every row and checksum equal')

    await admin.getByRole('button', { name: 'Hold…' }).click()
    await admin.getByLabel('What is it kept for?').fill('the yearly audit')
    await admin.getByRole('button', { name: 'Hold it' }).click()
    await expect(admin.getByRole('main')).toContainText('the yearly audit')
    await admin.getByRole('button', { name: 'Release…' }).click()
    await admin.getByLabel('Why is it no longer needed?').fill('the audit is over')
    await admin.getByRole('button', { name: 'Release it' }).click()
    await expect(admin.getByRole('button', { name: 'Hold…' })).toBeVisible()
    const address = admin.url()

    const manager = await signIn(browser, people.manager)
    await manager.goto(address)
    await expect(manager.getByRole('list', { name: 'Verification' })).toBeVisible()
    await expect(manager.getByRole('button', { name: acts })).toHaveCount(0)
    await manager.goto('/backups/drills?target=salon')
    await expect(manager.getByRole('table', { name: 'Drills' })).toContainText('passed')
    await expect(manager.getByRole('button', { name: acts })).toHaveCount(0)
  })

  test('a day of the calendar opens its backups with the keyboard, on a phone too', async ({ browser }) => {
    const page = await signIn(browser, demoPeople().manager)
    for (const width of [1280, 390]) {
      await page.setViewportSize({ width, height: 844 })
      await page.goto('/backups?target=salon')
      const days = page.getByRole('group', { name: 'Backups by day' })
      const today = days.locator('a[tabindex="0"]')
      await expect(today).toBeInViewport({ ratio: 0.5 })
      await today.focus()
      await page.keyboard.press('ArrowLeft')
      await page.keyboard.press('ArrowRight')
      await expect(today).toBeFocused()
      const day = (await today.getAttribute('data-day'))!
      await page.keyboard.press('Enter')
      await expect(page.getByRole('heading', { name: `Backups of ${day}` })).toBeVisible()
      await expect(page.getByRole('table', { name: 'Backups' })).toContainText('archive')
      await page.getByRole('link', { name: 'Show all' }).click()
      await expect(page.getByRole('heading', { name: 'Backups', exact: true, level: 2 })).toBeVisible()
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width)
    }
  })

  test('what is kept, why, and where it lies is told in words', async ({ browser }) => {
    const page = await signIn(browser, demoPeople().manager)
    await page.goto('/backups/storage?target=salon')
    await expect(page.getByRole('main')).toContainText('Every archive stays')
    await expect(page.getByRole('heading', { name: /^local/ })).toBeVisible()
    await expect(page.getByRole('main')).toContainText(/No forecast yet|It (grows|shrinks|does not grow)/)
    await expect(page.getByRole('button', { name: acts })).toHaveCount(0)
  })
})
