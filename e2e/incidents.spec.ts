import { expect, type Page, test } from '@playwright/test'
import { demoPeople, signIn } from './people.ts'
import { holdfast } from './terminal.ts'

test.describe.configure({ mode: 'serial' })

test.describe('an incident is worked on by its runbook', () => {
  let commander: Page

  test.beforeAll(async ({ browser }) => {
    commander = await signIn(browser, demoPeople().commander)
  })

  test('opened by hand, it names the one next step, and its button does that step', async () => {
    await commander.goto('/incidents?target=desk')
    await commander.getByRole('main').getByRole('button', { name: 'Open an incident' }).click()
    const dialog = commander.getByRole('dialog')
    await dialog.getByLabel('What is wrong').fill('Tasks are shown to the wrong clients')
    await dialog.getByRole('button', { name: /^Open/ }).click()
    await commander.waitForURL(/\/incidents\/[0-9a-f-]{36}/)
    const main = commander.getByRole('main')
    await expect(main).toContainText('Running for')
    await expect(main).toContainText('Next: Take command')
    await main.getByRole('button', { name: 'Take command' }).first().click()
    await expect(main).not.toContainText('Next: Take command')
    await expect(main.getByRole('listitem').filter({ hasText: 'ines@salons.example commands' })).toBeVisible()
  })

  test('a step that no record can tell is ticked off with a word, and stands on the timeline', async () => {
    const main = commander.getByRole('main')
    const step = main.locator('#runbook').getByRole('listitem').filter({ hasText: 'Stop deployments' })
    await step.getByRole('button', { name: 'Tick off' }).click()
    await step.getByRole('textbox').fill('The pipeline is paused')
    await step.getByRole('button', { name: 'Done' }).click()
    await expect(step.getByLabel('Done')).toBeVisible()
    await expect(main.getByText('The pipeline is paused').first()).toBeVisible()
  })

  test('the Overview shows it with its clock, and nothing of it once it is closed', async () => {
    const path = new URL(commander.url()).pathname
    await commander.goto('/?target=desk')
    const sentence = commander.getByRole('region', { name: 'Protection' })
    await expect(sentence).toContainText('Tasks are shown to the wrong clients')
    await expect(sentence.getByRole('timer')).toContainText(':')
    const databases = commander.getByRole('list', { name: 'All databases' })
    await expect(databases.getByRole('listitem').filter({ hasText: 'desk' })).toContainText('is open')

    const listed = await holdfast<{ incidents: { number: number; id: string }[] }>(
      'incidents',
      'list',
      'desk',
    )
    const { number } = listed.incidents.find(({ id }) => path.endsWith(id))!
    await holdfast('incidents', 'resolve', String(number), '--resolution', 'It was a filter in the browser.')
    // Nobody loads the page again.
    await expect(sentence).not.toContainText('Tasks are shown to the wrong clients')
    await expect(databases.getByRole('listitem').filter({ hasText: 'desk' })).not.toContainText('is open')
  })
})
