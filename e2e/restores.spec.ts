import { expect, type Page, test } from '@playwright/test'
import postgres from 'postgres'
import { approveAndRun, decide, demoPeople, demoUrl, phone, type Seat, signIn } from './people.ts'
import { askForPlan, chooseRestore, chooseRows, expectPlan, expectToFit } from './restore-steps.ts'

const workMs = 120_000
const table = 'public.appointments'
const why = 'Appointments of a trial were deleted by hand'
const deletedRows = 5

/** The salon as its application sees it, for one piece of work. */
async function inSalon<T>(work: (sql: postgres.Sql) => Promise<T>): Promise<T> {
  const salon = postgres(demoUrl('salon'), {
    max: 1,
    onnotice: () => {},
    connection: { application_name: 'e2e-restores' },
  })
  try {
    return await work(salon)
  } finally {
    await salon.end()
  }
}

/** Every appointment, by id, as text. */
const readAppointments = () =>
  inSalon(async (sql) => {
    const rows = await sql<{ id: string; image: string }[]>`
      select id::text as id, to_jsonb(a)::text as image from public.appointments a`
    return new Map(rows.map(({ id, image }) => [id, image]))
  })

/** Within the budget, and no other row refers to them. */
const deleteAppointments = () =>
  inSalon(
    (sql) => sql`
      delete from public.appointments where id in (
        select a.id from public.appointments a
        where not exists (select from public.invoices i where i.appointment_id = a.id)
        order by a.id limit ${deletedRows})`,
  )

const putBackByHand = (image: string) =>
  inSalon((sql) =>
    sql.unsafe(
      `insert into public.appointments overriding system value
       select * from jsonb_populate_record(null::public.appointments, $1::text::jsonb)`,
      [image],
    ),
  )

const shows = (page: Page, text: string) =>
  expect(page.getByRole('main').getByText(text, { exact: true }).first())

test.describe.configure({ mode: 'serial' })

test.describe('restores', () => {
  let people: ReturnType<typeof demoPeople>
  let commander: Seat
  let second: Seat
  let before: Map<string, string>
  let draftPath: string
  let copyPath: string

  const missing = async () => {
    const now = await readAppointments()
    return [...before.keys()].filter((id) => !now.has(id)).length
  }

  test.beforeAll(async ({ browser }) => {
    test.setTimeout(workMs)
    people = demoPeople()
    commander = {
      page: await signIn(browser, people.commander, { viewport: phone }),
      person: people.commander,
    }
    second = { page: await signIn(browser, people.second), person: people.second }
    // The guards keep what goes; they are installed a while after the first start.
    await second.page.goto('/guards?target=salon')
    await expect(second.page.getByRole('main').getByText('11 of 11')).toBeVisible({ timeout: workMs })
    before = await readAppointments()
    await deleteAppointments()
    expect(await missing()).toBe(deletedRows)
  })

  test('choices that were begun on a phone are gone on with at a desk, and nobody else has them', async ({
    browser,
  }) => {
    test.setTimeout(workMs)
    const { page } = commander
    await page.goto('/restores?target=salon')
    await expectToFit(page)
    await page.getByRole('link', { name: 'Begin a restore' }).click()
    await page.getByLabel('Why').fill(why)
    await page.getByRole('main').getByRole('button', { name: 'What was lost', exact: true }).click()
    await chooseRows(page, { tables: [table], source: /The guards’ journal/ })
    draftPath = new URL(page.url()).pathname

    const desk = await signIn(browser, people.commander)
    await desk.goto('/restores?target=salon')
    const line = desk.getByRole('listitem').filter({ hasText: why })
    await expect(line).toContainText('where, and how much')
    await line.getByRole('link', { name: 'Go on' }).click()
    await desk.waitForURL((url) => url.pathname === draftPath)
    const steps = desk.getByRole('navigation', { name: 'Steps of the restore' })
    await expect(steps).toContainText(why)
    await expect(steps).toContainText('1 table')
    await expect(steps).toContainText('the guards’ journal since')
    await steps.getByRole('link', { name: /What was lost/ }).click()
    await expect(desk.getByRole('checkbox', { name: new RegExp(table) })).toBeChecked()
    await expect(desk.getByRole('main').getByRole('checkbox', { checked: true })).toHaveCount(1)

    await second.page.goto(draftPath)
    await expect(second.page.getByText('There is nothing here')).toBeVisible()
    await second.page.goto('/restores?target=salon')
    await expect(second.page.getByText(why)).toHaveCount(0)
  })

  test('one narrows a plan, and goes back before the approval; each plan cancels the one before', async () => {
    test.setTimeout(3 * workMs)
    const { page } = commander
    await page.goto(`${draftPath}?step=where`)
    const firstPath = await askForPlan(page, /The live tables/)
    await expect(page.getByRole('main')).toContainText(`${deletedRows} missing`)
    await expectToFit(page)

    // One row of the samples makes a plan of that row alone.
    await page.getByRole('main').locator('summary').filter({ hasText: table }).click()
    await page
      .getByRole('checkbox', { name: /^Only this row: / })
      .first()
      .check()
    await page.getByRole('button', { name: 'Plan only 1 row' }).click()
    await page.waitForURL((url) => url.pathname !== firstPath)
    await expectPlan(page)
    await expect(page.getByRole('main')).toContainText('1 missing')

    await page.getByRole('button', { name: 'Change the choices' }).click()
    await page.waitForURL(new RegExp(draftPath))
    await expect(page.getByRole('radio', { name: /The live tables/ })).toBeChecked()
    await expect(page.getByRole('main')).toContainText('Asking again with other choices cancels it')
    await page.goto(`${draftPath}?step=lost`)
    await page.getByRole('button', { name: `Forget the rows of ${table}` }).click()
    await chooseRows(page, {})
    copyPath = await askForPlan(page, /A copy beside the original/)
    expect(copyPath).not.toBe(firstPath)
    await second.page.goto(firstPath)
    await shows(second.page, 'cancelled').toBeVisible()
    await expect(second.page.getByRole('main')).toContainText('Asked for again with other choices')
    await expect(second.page.getByRole('button', { name: 'Approve this plan' })).toHaveCount(0)
  })

  test('a viewer sees the plan and its report, and can do nothing', async ({ browser }) => {
    const manager = await signIn(browser, people.manager)
    await manager.goto(copyPath)
    await shows(manager, 'awaiting approval').toBeVisible()
    await expect(
      manager.getByRole('main').getByRole('button', { name: /Approve|Run|Refuse|Cancel|Change|Plan|Undo/ }),
    ).toHaveCount(0)
    await manager.getByRole('link', { name: 'Report' }).click()
    await expect(manager.getByRole('heading', { name: 'Who, why and when' })).toBeVisible()
    await expect(manager.getByRole('main')).toContainText(why)
    await manager.goto('/restores/new?target=salon')
    await expect(manager.getByRole('main')).toContainText('Planning a restore takes an admin or a commander')
    await manager.goto('/restores?target=salon')
    await expect(manager.getByRole('link', { name: 'Begin a restore' })).toHaveCount(0)
  })

  test('a copy beside the original has the rows, and no live row is touched', async () => {
    test.setTimeout(2 * workMs)
    const { page } = commander
    await page.goto(copyPath)
    await approveAndRun(commander, second)
    await shows(page, 'succeeded').toBeVisible({ timeout: workMs })
    await expect(page.getByRole('main')).toContainText(`${deletedRows} rows of ${table}`)
    await expect(page.getByRole('main')).toContainText('holdfast_restored_')
    await expectToFit(page)
    expect(await missing()).toBe(deletedRows)
  })

  test('a plan that is stale when it is run writes nothing; planned again it puts every row back', async () => {
    test.setTimeout(3 * workMs)
    const { page } = commander
    await page.goto('/restores/new?target=salon')
    await chooseRestore(page, {
      why,
      tables: [table],
      source: /The guards’ journal/,
      into: /The live tables/,
    })
    await second.page.goto(page.url())
    await decide(second.page, /Approve this plan/, second.person)
    const living = await readAppointments()
    const [, lost] = [...before].find(([id]) => !living.has(id))!
    await putBackByHand(lost)
    await decide(page, /^Run on salon/, commander.person, 'salon')
    await shows(page, 'refused').toBeVisible({ timeout: workMs })
    expect(await missing()).toBe(deletedRows - 1)

    await page.getByRole('button', { name: 'Plan it again' }).click()
    await page.waitForURL((url) => url.pathname !== new URL(second.page.url()).pathname)
    await expectPlan(page)
    await expect(page.getByRole('main')).toContainText(`${deletedRows - 1} missing`)
    await approveAndRun(commander, second)
    await shows(page, 'succeeded').toBeVisible({ timeout: workMs })
    await expect(page.getByRole('main')).toContainText('as promised')
    await expect(page.getByRole('main')).toContainText('in place')
    await expectToFit(page)
    expect(await readAppointments()).toEqual(before)
  })

  test('it is undone as one more operation, and that is undone too', async () => {
    test.setTimeout(3 * workMs)
    const { page } = commander
    for (const gone of [deletedRows - 1, 0]) {
      await page.getByRole('button', { name: 'Undo this operation' }).click()
      await page.getByRole('dialog').getByLabel('Why').fill('only to see that it can be undone')
      const from = page.url()
      await page.getByRole('dialog').getByRole('button', { name: 'Plan the undo' }).click()
      await page.waitForURL((url) => url.href !== from)
      await expectPlan(page)
      await expect(page.getByRole('link', { name: /undoes operation/ })).toBeVisible()
      await approveAndRun(commander, second)
      await shows(page, 'succeeded').toBeVisible({ timeout: workMs })
      expect(await missing()).toBe(gone)
    }
    expect(await readAppointments()).toEqual(before)
    await page.getByRole('link', { name: 'Report' }).click()
    await expect(page.getByRole('heading', { name: 'What was done, and the proof' })).toBeVisible()
    await expectToFit(page)
  })
})
