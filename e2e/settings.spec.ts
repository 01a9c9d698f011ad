import { type Browser, expect, type Page, test } from '@playwright/test'
import { demoPeople, type Person, signIn } from './people.ts'

const workMs = 120_000

/** Fills what stands above the password in an open step-up dialog, then confirms. */
async function confirm(page: Page, button: string, person: Person): Promise<void> {
  const dialog = page.getByRole('dialog')
  await dialog.getByLabel('Your password').fill(person.password)
  await dialog.getByRole('button', { name: button }).click()
}

test.describe('settings', () => {
  let people: ReturnType<typeof demoPeople>
  let admin: Page

  test.beforeAll(async ({ browser }: { browser: Browser }) => {
    people = demoPeople()
    admin = await signIn(browser, people.admin)
  })

  test('a database that does not answer is not added, and the page says why', async () => {
    test.setTimeout(workMs)
    await admin.goto('/settings')
    await admin.getByRole('button', { name: 'Add a database' }).click()
    const dialog = admin.getByRole('dialog')
    await dialog.getByLabel('Name', { exact: true }).fill('nowhere')
    await dialog.getByLabel('URL').fill('postgresql://someone:a-planted-secret@127.0.0.1:1/nothing')
    await confirm(admin, 'Add a database', people.admin)
    await expect(dialog).toBeHidden()
    await expect(admin.getByText('Nothing answers at 127.0.0.1:1/nothing.')).toBeVisible({ timeout: workMs })
    expect(await admin.content()).not.toContain('a-planted-secret')
  })

  test('an admin sees the preflight and the policy in force', async () => {
    test.setTimeout(workMs)
    await admin.goto('/settings')
    await admin.getByRole('button', { name: 'Check now' }).click()
    await expect(admin.getByText(/^(Ready|Not ready), looked at/)).toBeVisible({ timeout: workMs })
    await admin.getByRole('link', { name: 'Policy', exact: true }).click()
    await expect(admin.getByText('"protectedTables"')).toBeVisible()
  })

  test('a new person gets a link that is shown once', async () => {
    await admin.goto('/settings?tab=people')
    await admin.getByRole('button', { name: 'Add a person' }).click()
    await admin.getByRole('dialog').getByLabel('E-mail').fill('new.person@example.com')
    await confirm(admin, 'Add a person', people.admin)
    await expect(admin.getByRole('dialog').getByText(/\/welcome\//)).toBeVisible()
    await admin.getByRole('button', { name: 'Close' }).click()
    await expect(admin.getByRole('row', { name: /new\.person@example\.com/ })).toContainText('invited')
  })

  test('a viewer is shown no act and no people', async ({ browser }) => {
    const manager = await signIn(browser, people.manager)
    await manager.goto('/settings')
    await expect(manager.getByRole('heading', { name: 'Databases' })).toBeVisible()
    await expect(manager.getByRole('button', { name: /Add|Check|Remove/ })).toHaveCount(0)
    await manager.getByRole('link', { name: 'People' }).click()
    await expect(manager.getByText('People are shown to admins')).toBeVisible()
  })
})
