import { expect, type Page, test } from '@playwright/test'
import postgres from 'postgres'
import { approveAndRun, demoPeople, demoUrl, signIn } from './people.ts'
import { holdfast } from './terminal.ts'

/** The worker installs the demo's guards after the first start. */
const installedMs = 90_000
/** The worker looks at the guards every few seconds. */
const noticedMs = 60_000

const open = (application: string, url = demoUrl('salon')) =>
  postgres(url, { max: 1, onnotice: () => {}, connection: { application_name: application } })

/** Every line of every invoice, as one text. */
async function readLines(): Promise<string> {
  const salon = open('e2e-reader')
  const [read] = await salon<[{ lines: string }]>`
    select jsonb_agg(to_jsonb(l) order by invoice_id, line)::text as lines from public.invoice_lines l`
  await salon.end()
  return read.lines
}

interface PermitRequest {
  rows: number
  where: string
}

async function openGuards(page: Page): Promise<void> {
  await page.goto('/guards?target=salon')
  await expect(page.getByRole('main').getByText('11 of 11')).toBeVisible({ timeout: installedMs })
}

/** Asks for a permit on the Guards page, and ends on the page of its plan. */
async function askForPermit(page: Page, { rows, where }: PermitRequest): Promise<string> {
  await openGuards(page)
  await page.getByRole('button', { name: 'Ask for a permit…' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByLabel('Table').selectOption('public.invoice_lines')
  await dialog.getByLabel('Rows at most').fill(String(rows))
  await dialog.getByLabel('Database role').fill('salon_app')
  await dialog.getByLabel('Only rows where').fill(where)
  await dialog.getByLabel('Why').fill('lines of a trial have to go')
  await dialog.getByRole('button', { name: 'Ask', exact: true }).click()
  await page.waitForURL(/\/operations\/[0-9a-f-]{36}/)
  await expect(page.getByText('awaiting approval').first()).toBeVisible({ timeout: noticedMs })
  return page.url()
}

const permitOf = (page: Page, where: string) =>
  page.getByRole('list', { name: 'Permits' }).getByRole('listitem').filter({ hasText: where })

/** What the page says to run: `select holdfast.use_permit('…')`. */
async function readStatement(page: Page, where: string): Promise<string> {
  const text = await permitOf(page, where).getByText('use_permit').innerText()
  return /select holdfast\.use_permit\('[\w-]+'\)/.exec(text)![0]
}

test.describe.configure({ mode: 'serial' })

test.describe('permits, undo and agents', () => {
  let people: ReturnType<typeof demoPeople>
  let lines: string
  let commander: Page
  let second: Page

  const runBoth = async () => {
    await approveAndRun(
      { page: commander, person: people.commander },
      { page: second, person: people.second },
    )
    await expect(commander.getByText('Done, and proven against the plan.').first()).toBeVisible({
      timeout: noticedMs,
    })
  }

  test.beforeAll(async ({ browser }) => {
    people = demoPeople()
    commander = await signIn(browser, people.commander)
    second = await signIn(browser, people.second)
    lines = await readLines()
  })

  test('a permit that another person approved lets its role beyond the budget, once', async ({ browser }) => {
    test.setTimeout(240_000)
    const where = 'quantity = 2'
    await askForPermit(commander, { rows: 45, where })
    await runBoth()
    await commander.getByRole('link', { name: 'to the permits' }).click()
    const statement = await readStatement(commander, where)
    const manager = await signIn(browser, people.manager)
    await openGuards(manager)
    await expect(permitOf(manager, where)).toContainText('The statement that uses it is shown to')
    await expect(manager.getByText('use_permit(')).toHaveCount(0)
    await expect(manager.getByRole('button', { name: /permit|Withdraw/ })).toHaveCount(0)

    const salon = open('e2e-permitted')
    const take = (from: string, limit: number) =>
      salon.begin(async (sql) => {
        await sql.unsafe(statement)
        return sql.unsafe(
          `delete from public.invoice_lines where ctid in (select ctid from public.invoice_lines where ${from} limit ${limit})`,
        )
      })
    await expect(take('quantity = 1', 40)).rejects.toThrow('40 of them are not what the permit is for')
    await expect(take(where, 46)).rejects.toThrow('the permit is for 45 rows')
    expect((await take(where, 40)).count).toBe(40)
    await expect(take(where, 1)).rejects.toThrow('this permit cannot be used')
    await salon.end()
    const permit = permitOf(commander, where)
    await expect(permit.getByText('used', { exact: true })).toBeVisible({ timeout: noticedMs })
    await expect(permit).toContainText('40 rows')
    await expect(permit).toContainText('salon_app')
    await expect(permit.getByText('use_permit')).toHaveCount(0)
  })

  test('what went under it is put back from the page, every row as it was', async () => {
    test.setTimeout(240_000)
    expect(await readLines()).not.toBe(lines)
    await openGuards(commander)
    const line = commander
      .getByRole('list', { name: 'Deleted and overwritten rows' })
      .locator('> li')
      .filter({ hasText: 'e2e-permitted' })
    await expect(line).toContainText('40 rows', { timeout: noticedMs })
    await line.locator('summary').click()
    await expect(line.getByText('Allowed by')).toBeVisible()
    await line.getByRole('button', { name: 'Undo…' }).click()
    await commander.getByLabel('Why').fill('the trial goes on')
    await commander.getByRole('button', { name: 'Show what would be written' }).click()
    await commander.waitForURL(/\/operations\/[0-9a-f-]{36}/)
    await expect(commander.getByText('40 missing')).toBeVisible({ timeout: noticedMs })
    await runBoth()
    await expect(commander.getByText('as promised')).toBeVisible()
    expect(await readLines()).toBe(lines)
    await openGuards(commander)
    await line.locator('summary').click()
    await expect(line.getByRole('link', { name: /undone by operation/ })).toBeVisible()
    await expect(line.getByRole('button', { name: 'Undo…' })).toHaveCount(0)
  })

  test('a permit that was withdrawn by its button opens nothing', async () => {
    test.setTimeout(180_000)
    const where = 'quantity > 1'
    await askForPermit(commander, { rows: 45, where })
    await runBoth()
    // The approver may see it and end it, too.
    await openGuards(second)
    const statement = await readStatement(second, where)
    await permitOf(second, where).getByRole('button', { name: 'Withdraw' }).click()
    await expect(permitOf(second, where).getByText('withdrawn', { exact: true })).toBeVisible({
      timeout: noticedMs,
    })
    await expect(permitOf(second, where)).toContainText(`by ${people.second.email}`)
    const salon = open('e2e-withdrawn')
    // Without any open permit its role may not even ask.
    await expect(salon.begin((sql) => sql.unsafe(statement))).rejects.toThrow(
      'permission denied for schema holdfast',
    )
    await salon.end()
    expect(await readLines()).toBe(lines)
  })

  test('an agent’s mass delete is refused and shown, and its button ends it', async () => {
    test.setTimeout(180_000)
    const { url } = await holdfast<{ url: string }>('guards', 'grant-agent', 'salon', 'e2e_agent')
    const agent = open('e2e-tidy-bot', url)
    await expect(agent`delete from public.invoice_lines`).rejects.toThrow(
      'of role e2e_agent one statement may delete',
    )
    await openGuards(commander)
    const entry = commander
      .getByRole('list', { name: 'Agents' })
      .getByRole('listitem')
      .filter({ hasText: 'e2e_agent' })
      .first()
    await expect(entry).toContainText('1 attempt refused', { timeout: noticedMs })
    await expect(entry).toContainText('delete from public.invoice_lines')
    await entry.getByRole('button', { name: 'Revoke…' }).click()
    await commander.getByRole('button', { name: 'Revoke agent' }).click()
    await expect(commander.getByText('No agent has a role of its own here')).toBeVisible({
      timeout: noticedMs,
    })
    await expect(agent`select 1`).rejects.toThrow()
    await agent.end()
    const again = open('e2e-tidy-bot', url)
    await expect(again`select 1`).rejects.toThrow(/password authentication failed|does not exist/)
    await again.end()
  })
})
