import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from '@playwright/test'
import postgres from 'postgres'
import { dataDirectory, demoPeople, signIn } from './people.ts'
import { holdfast } from './terminal.ts'

const workMs = 90_000
const table = 'public.bookings'

/** Two small databases beside the demo's, of which one lost rows and changed others. */
async function makeTwo(): Promise<{ branch: postgres.Sql; urls: Record<'agency' | 'branch', string> }> {
  const control = readFileSync(join(dataDirectory, 'control.url'), 'utf8').trim()
  const urlOf = (database: string) => Object.assign(new URL(control), { pathname: `/${database}` }).toString()
  const server = postgres(urlOf('postgres'), { max: 1, onnotice: () => {} })
  const urls = { agency: urlOf('drift_agency'), branch: urlOf('drift_branch') }
  for (const database of ['drift_agency', 'drift_branch']) {
    await server.unsafe(`drop database if exists ${database} with (force)`)
    await server.unsafe(`create database ${database}`)
    const sql = postgres(urlOf(database), { max: 1, onnotice: () => {} })
    await sql.unsafe(`create table ${table} (id int primary key, guest text not null);
      insert into ${table} select n, 'Guest ' || n from generate_series(1, 30) n`)
    await sql.end()
  }
  await server.end()
  const branch = postgres(urls.branch, { max: 1, onnotice: () => {} })
  await branch.unsafe(`delete from ${table} where id <= 4; update ${table} set guest = 'Nobody' where id = 9`)
  return { branch, urls }
}

test.describe('drift', () => {
  test('two databases are compared row by row, and one is made like the other', async ({ browser }) => {
    test.setTimeout(4 * workMs)
    const { branch, urls } = await makeTwo()
    for (const [name, url] of Object.entries(urls))
      await holdfast('targets', 'add', name, '--url', url, '--environment', 'development')

    const page = await signIn(browser, demoPeople().commander)
    await page.goto('/drift?target=branch')
    await expect(page.getByText('branch mirrors nothing')).toBeVisible()
    await page.getByLabel('Master').selectOption('agency')
    await page.getByLabel('Compared with it').selectOption('branch')
    await page.getByRole('button', { name: 'Compare', exact: true }).click()

    await expect(page.getByRole('heading', { name: /^branch against agency/ })).toBeVisible()
    const counts = page.getByRole('table', { name: 'Tables' }).getByRole('row', { name: /bookings/ })
    await expect(page.getByText('differed once, then no more')).toBeVisible({ timeout: workMs })
    await expect(counts).toContainText('30')
    await expect(counts).toContainText('26')
    const rows = page.getByRole('table', { name: `Rows of ${table} that differ` })
    await expect(rows.getByRole('row', { name: /missing id=1/ })).toContainText('not there')

    await page.getByLabel('Reason').fill('the branch lost its first bookings')
    await page.getByRole('button', { name: 'Plan the repair of branch' }).click()
    await page.waitForURL(/\/operations\//)
    await expect(page.getByRole('main')).toContainText('5 rows', { timeout: workMs })
    const operation = page.url().split('/').at(-1)!
    await holdfast('operations', 'run', operation, '--target', 'branch')
    const [left] = await branch.unsafe<{ rows: number }[]>(
      `select count(*)::int as rows from ${table} where guest = 'Guest ' || id`,
    )
    expect(left!.rows).toBe(30)

    await page.goto('/drift?target=branch')
    const newest = page.getByRole('table', { name: 'Comparisons' }).getByRole('row').nth(1)
    await expect(newest).toContainText('in sync', { timeout: workMs })
    await expect(newest).toContainText('Holdfast')

    const manager = await signIn(browser, demoPeople().manager)
    await manager.goto('/drift?target=branch')
    await expect(manager.getByRole('table', { name: 'Comparisons' })).toBeVisible()
    await expect(manager.getByRole('button', { name: 'Compare', exact: true })).toHaveCount(0)

    await branch.end()
    for (const name of Object.keys(urls)) await holdfast('targets', 'remove', name)
  })
})
