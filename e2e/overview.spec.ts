import { expect, type Page, test } from '@playwright/test'
import { demoPeople, signIn } from './people.ts'

const provenMs = 180_000

test.describe('the Overview', () => {
  let manager: Page

  test.beforeAll(async ({ browser }) => {
    manager = await signIn(browser, demoPeople().manager)
  })

  test('shows every database in a line, each proven by itself, and leads to its page', async () => {
    test.setTimeout(provenMs + 30_000)
    await manager.goto('/')
    const databases = manager.getByRole('list', { name: 'All databases' })
    for (const name of ['agents', 'crm', 'desk', 'salon', 'site', 'video']) {
      const line = databases.getByRole('listitem').filter({ has: manager.getByRole('link', { name }) })
      await expect(line).toContainText(/proven .*(ago|now)/, { timeout: provenMs })
    }
    await databases.getByRole('link', { name: 'crm' }).click()
    await manager.waitForURL(/target=crm/)
    await expect(manager.getByRole('region', { name: 'Protection' })).toContainText('Proven')
  })

  test('where nothing waits it says so, with what that is known from', async () => {
    test.setTimeout(provenMs)
    await manager.goto('/?target=crm')
    const main = manager.getByRole('main')
    await expect(main).toContainText('Nothing waits for a person.', { timeout: provenMs })
    await expect(main.getByRole('link', { name: /\d+ of \d+ checks healthy/ })).toBeVisible()
    await expect(main).toContainText('7 of 7 tables guarded')
    await expect(main).toContainText('On call:')
    await expect(manager.getByRole('region', { name: 'Protection' })).toContainText('crm is protected')
  })

  test('fits a phone @phone', async ({ browser }) => {
    const phone = await signIn(browser, demoPeople().manager, { viewport: { width: 390, height: 844 } })
    await phone.goto('/')
    await expect(phone.getByRole('region', { name: 'Protection' })).toBeVisible()
    expect(await phone.evaluate(() => document.documentElement.scrollWidth <= innerWidth)).toBe(true)
  })
})
