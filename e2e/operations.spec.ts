import { expect, test } from '@playwright/test'
import { demoPeople, signIn } from './people.ts'
import { holdfast } from './terminal.ts'

interface Planned {
  operation: string
  fingerprint: string
}

/** A restore that finds nothing to put back is an operation like any other, and leaves the demo as it is. */
const planRestore = () =>
  holdfast<Planned>(
    'restores',
    'plan',
    'salon',
    '--from',
    'journal',
    '--reason',
    'a look at the operations page',
  )

const mark = ({ fingerprint }: Planned) =>
  [0, 4, 8].map((start) => fingerprint.slice(start, start + 4)).join(' ')

test.describe('operations', () => {
  test('a plan shows the same mark to all, a viewer no button, and one refusal ends it', async ({
    browser,
  }) => {
    test.setTimeout(120_000)
    const people = demoPeople()
    const planned = await planRestore()
    const path = `/operations/${planned.operation}`

    const manager = await signIn(browser, people.manager)
    await manager.goto(path)
    await expect(manager.getByText(mark(planned)).first()).toBeVisible()
    await expect(manager.getByRole('button', { name: /Approve|Run on|Refuse|Cancel/ })).toHaveCount(0)

    const commander = await signIn(browser, people.commander)
    await commander.goto(path)
    await expect(commander.getByText(mark(planned)).first()).toBeVisible()
    await commander.getByRole('button', { name: 'Refuse' }).click()
    await commander.getByLabel('Why').fill('only looking at the page')
    await commander.getByRole('button', { name: 'Refuse it' }).click()
    await expect(commander.getByText('only looking at the page').first()).toBeVisible()
    // The other person's open page tells it without a reload.
    await expect(manager.getByText('only looking at the page').first()).toBeVisible()
    await expect(commander.getByRole('button', { name: /Approve|Run on/ })).toHaveCount(0)
  })

  test('an approval asks for the password, and a wrong one approves nothing, on a phone', async ({
    browser,
  }) => {
    test.setTimeout(120_000)
    const people = demoPeople()
    const { operation } = await planRestore()
    const page = await signIn(browser, people.second)
    await page.setViewportSize({ width: 390, height: 844 })
    await page.goto(`/operations/${operation}`)
    const approve = page.getByRole('button', { name: 'Approve this plan' })
    await expect(approve).toBeVisible()
    // Once it asks for the password by itself, it is the same button made anew.
    await expect.poll(async () => (await approve.boundingBox())?.height).toBeGreaterThanOrEqual(44)
    await approve.click()
    const dialog = page.getByRole('dialog')
    await dialog.getByLabel('Your password').fill('not the password')
    await dialog.getByRole('button', { name: 'Approve this plan' }).click()
    await expect(dialog.getByText('That is not your password.')).toBeVisible()
    await dialog.getByLabel('Your password').fill(people.second.password)
    await dialog.getByRole('button', { name: 'Approve this plan' }).click()
    await expect(dialog).toBeHidden()
    await expect(page.getByRole('button', { name: 'Run on salon' })).toBeVisible()
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390)

    await page.getByRole('button', { name: 'Run on salon' }).click()
    await page.getByLabel('Name of the target').fill('saloon')
    await page.getByLabel('Your password').fill(people.second.password)
    await expect(page.getByRole('dialog').getByRole('button', { name: 'Run on salon' })).toBeDisabled()
    await page.getByRole('button', { name: 'Do nothing' }).click()
    await page.getByRole('button', { name: 'Refuse' }).click()
    await page.getByLabel('Why').fill('the test is over')
    await page.getByRole('button', { name: 'Refuse it' }).click()
    await expect(page.getByText('refused').first()).toBeVisible()
  })

  test('an operation that is not there is a page that says so', async ({ browser }) => {
    const page = await signIn(browser, demoPeople().manager)
    for (const id of ['00000000-0000-4000-8000-000000000000', 'nonsense']) {
      await page.goto(`/operations/${id}`)
      await expect(page.getByText('There is nothing here')).toBeVisible()
    }
  })
})
