import { readFileSync } from 'node:fs'
import { type Browser, expect, type Page, test } from '@playwright/test'
import postgres from 'postgres'
import { decide, demoPeople, demoUrl, signIn } from './people.ts'
import { chooseRestore } from './restore-steps.ts'
import { holdfast, runHealth } from './terminal.ts'

/** A worker looks every few seconds and a schedule fires each minute: what is not seen after this was not noticed. */
const noticedMs = 60_000
const workMs = 120_000

interface Disaster {
  blocked: number
  deletedRows: number
  deletedMemberships: number
  deletedRoles: number
  lockedOutUsers: number
  deactivatedUser: string
}

const numberIn = (text: string): number => Number(text.replaceAll(/[^0-9]/g, ''))

/** The salon as its own application sees it. */
const openSalon = () =>
  postgres(demoUrl('salon'), {
    max: 1,
    onnotice: () => {},
  })

const isMembership = `relationship_type = 'USER_MEMBER_OF_ORG'`

/** Every membership as it is now, by id, as JSON. */
async function readMemberships(): Promise<Map<string, string>> {
  const salon = openSalon()
  try {
    const rows = await salon.unsafe<{ id: string; image: string }[]>(
      `select id, to_jsonb(r)::text as image from public.core_relationships r where ${isMembership}`,
    )
    return new Map(rows.map(({ id, image }) => [id, image]))
  } finally {
    await salon.end()
  }
}

/** What a helpful colleague does meanwhile: puts one lost row back by hand. */
async function putBackByHand(image: string): Promise<void> {
  const salon = openSalon()
  await salon.unsafe(
    `insert into public.core_relationships
     select * from jsonb_populate_record(null::public.core_relationships, $1::text::jsonb)`,
    [image],
  )
  await salon.end()
}

const shows = (page: Page, status: string) =>
  expect(page.getByRole('main').getByText(status, { exact: true }).first())

test.describe.configure({ mode: 'serial' })

test.describe('a disaster is survived in a browser', () => {
  let people: ReturnType<typeof demoPeople>
  let manager: Page
  let admin: Page
  let commander: Page
  let second: Page
  let before: Map<string, string>
  let disaster: Disaster
  let incidentPath: string
  let restorePath: string

  test.beforeAll(async ({ browser }: { browser: Browser }) => {
    test.setTimeout(workMs)
    people = demoPeople()
    manager = await signIn(browser, people.manager)
    admin = await signIn(browser, people.admin)
    commander = await signIn(browser, people.commander)
    second = await signIn(browser, people.second)
    before = await readMemberships()
  })

  test('1 a manager reads the sentence from real records and can act on nothing', async () => {
    test.setTimeout(workMs)
    await manager.goto('/?target=salon')
    const sentence = manager.getByRole('region', { name: 'Protection' })
    await expect(sentence).toContainText('you would lose at most', { timeout: workMs })
    await expect(sentence).toContainText('Proven', { timeout: workMs })
    await expect(manager.getByRole('heading', { name: 'Needs attention' })).toBeVisible()

    await manager.goto('/backups?target=salon')
    await expect(manager.getByRole('heading', { name: 'Backups', exact: true }).first()).toBeVisible()
    await expect(manager.getByRole('button', { name: /Snapshot now|Archive now|Verify|Drill/ })).toHaveCount(
      0,
    )

    // The very request of an admin's button, sent with the manager's cookies.
    await admin.goto('/backups?target=salon')
    const [asked] = await Promise.all([
      admin.waitForRequest(
        (request) => request.method() === 'POST' && Boolean(request.headers()['next-action']),
      ),
      admin.getByRole('button', { name: 'Snapshot now' }).click(),
    ])
    const answer = await manager.request.post('/backups', {
      headers: {
        'next-action': asked.headers()['next-action']!,
        'content-type': asked.headers()['content-type']!,
        accept: 'text/x-component',
        origin: new URL(manager.url()).origin,
      },
      data: asked.postData()!,
    })
    expect(await answer.text()).toContain('A viewer may not do this')
    await manager.goto('/audit?target=salon')
    await expect(manager.getByRole('main')).toContainText(
      `user:${people.manager.email} · A viewer may not do this (backups.request).`,
    )
  })

  test('2 the schedule has run the health checks, and the page charts them', async () => {
    await manager.goto('/health?target=salon')
    await manager.getByRole('heading', { name: 'Membership' }).click()
    await manager.getByRole('link', { name: /Users without any membership/ }).click()
    const sheet = manager.getByRole('dialog')
    await expect(sheet.locator('svg.recharts-surface, svg').first()).toBeVisible()
    await expect(sheet).toContainText('healthy')
  })

  test('3 an admin takes a snapshot and an archive; it is verified, and a drill proves the facts', async () => {
    test.setTimeout(2 * workMs)
    await admin.goto('/backups?target=salon')
    const backups = admin.getByRole('table', { name: 'Backups' })
    await expect(backups.getByRole('row', { name: /snapshot .* good .* manual/ }).first()).toBeVisible({
      timeout: workMs,
    })
    const archives = backups.getByRole('row', { name: /archive .* good .* manual/ })
    const before = await archives.count()
    await admin.getByRole('button', { name: 'Archive now' }).click()
    await expect(archives).toHaveCount(before + 1, { timeout: workMs })
    await archives.first().getByRole('link').click()
    const level = admin.getByRole('list', { name: 'Verification' })
    await admin.getByRole('button', { name: 'Verify' }).click()
    await expect(level.getByText('listed: reached')).toBeVisible({ timeout: workMs })
    await admin.getByRole('button', { name: 'Drill' }).click()
    await expect(level.getByText('facts proven: reached')).toBeVisible({ timeout: workMs })
    await expect(admin.getByRole('main')).toContainText('every row and checksum equal')
  })

  test('4 the disaster is refused where it is big, and noticed within a minute where it is small', async () => {
    test.setTimeout(2 * workMs)
    await manager.goto('/?target=salon')
    await commander.goto('/alerts?target=salon')
    await expect(manager.getByRole('region', { name: 'Protection' })).not.toContainText('is open')

    disaster = await holdfast<Disaster>('demo', 'disaster')
    expect(disaster.blocked).toBeGreaterThan(0)
    expect(disaster.deletedMemberships).toBeGreaterThan(0)
    expect((await readMemberships()).size).toBe(before.size - disaster.deletedMemberships)

    // Neither page is loaded again.
    await expect(manager.getByRole('region', { name: 'Protection' })).toContainText('is open', {
      timeout: noticedMs,
    })
    await expect(commander.getByRole('region', { name: 'Firing' })).toBeVisible({ timeout: noticedMs })

    await commander.goto('/incidents?target=salon')
    await commander.getByRole('main').getByRole('link', { name: /#\d+/ }).first().click()
    await commander.waitForURL(/\/incidents\/[0-9a-f-]{36}/)
    incidentPath = new URL(commander.url()).pathname
    const main = commander.getByRole('main')
    await expect(main).toContainText(/refused|blocked/i, { timeout: noticedMs })
    await expect(main).toContainText('salon-cleanup.js')
    await expect(main).toContainText('public.core_relationships')
  })

  test('5 a commander plans the restore, a second person approves exactly that plan, and the counts are exact', async () => {
    test.setTimeout(3 * workMs)
    await commander.goto(incidentPath)
    await commander.getByRole('button', { name: 'Take command' }).first().click()
    const plan = async () => {
      await commander.goto(incidentPath)
      await commander.getByRole('link', { name: 'See what was lost' }).first().click()
      return chooseRestore(commander, {
        why: 'Memberships were deleted by the clean-up script',
        into: /The live tables/,
      })
    }

    restorePath = await plan()
    const tables = commander.getByRole('main')
    await expect(tables).toContainText(`${disaster.deletedMemberships} missing`)
    await expect(tables).toContainText(`${disaster.deletedRoles} missing`)
    // The requester has no way to approve, and nobody can run what is not approved.
    await expect(commander.getByRole('button', { name: /Approve/ })).toHaveCount(0)
    await expect(commander.getByRole('button', { name: /^Run on/ })).toHaveCount(0)

    await second.goto(restorePath)
    await second.getByRole('button', { name: 'Approve this plan' }).click()
    const dialog = second.getByRole('dialog')
    await dialog.getByLabel('Your password').fill('not my password')
    await dialog.getByRole('button', { name: 'Approve this plan' }).click()
    await expect(dialog.getByRole('alert')).toBeVisible()
    await second.keyboard.press('Escape')
    await decide(second, /Approve this plan/, people.second)
    await shows(second, 'approved').toBeVisible()

    // Between the approval and the run somebody puts one of the rows back.
    const living = await readMemberships()
    const [, lost] = [...before].find(([id]) => !living.has(id))!
    await putBackByHand(lost)
    await decide(commander, /^Run on salon/, people.commander, 'salon')
    await shows(commander, 'refused').toBeVisible({ timeout: workMs })
    await expect(commander.getByRole('main')).toContainText(
      'The database changed since the plan was approved',
    )
    expect((await readMemberships()).size).toBe(before.size - disaster.deletedMemberships + 1)

    restorePath = await plan()
    await expect(commander.getByRole('main')).toContainText(`${disaster.deletedMemberships - 1} missing`)
    await second.goto(restorePath)
    await decide(second, /Approve this plan/, people.second)
    await decide(commander, /^Run on salon/, people.commander, 'salon')
    await shows(commander, 'succeeded').toBeVisible({ timeout: workMs })
    await expect(commander.getByRole('main')).toContainText('as promised')
    const after = await readMemberships()
    expect(after.size).toBe(before.size)
    // Byte for byte as before, but for the one that an UPDATE switched off.
    expect([...before].filter(([id, image]) => after.get(id) !== image)).toHaveLength(1)

    await commander.goto(incidentPath)
    await expect(commander.getByRole('main')).toContainText('Puts back')
  })

  test('6 the one who is still locked out gets back what they had', async () => {
    test.setTimeout(2 * workMs)
    await commander.goto(incidentPath)
    await commander.getByRole('link', { name: 'Find locked-out users' }).first().click()
    // A check may have begun a search by itself; then the button waits for that one.
    await commander
      .getByRole('main')
      .getByRole('button', { name: /^Search/ })
      .click({ timeout: workMs })
    const row = commander.getByRole('row', { name: new RegExp(disaster.deactivatedUser) }).first()
    await expect(row).toBeVisible({ timeout: workMs })
    await expect(row).toContainText('switched off')
    await row.getByRole('button', { name: /Recover/ }).click()
    const dialog = commander.getByRole('dialog')
    await dialog.getByLabel('Why').fill('Their membership was switched off by the script')
    await dialog.getByRole('button', { name: 'Show what would be written' }).click()
    await commander.waitForURL(/\/operations\/[0-9a-f-]{36}/)
    await shows(commander, 'awaiting approval').toBeVisible({ timeout: workMs })
    const path = new URL(commander.url()).pathname
    await second.goto(path)
    await decide(second, /Approve this plan/, people.second)
    await decide(commander, /^Run on salon/, people.commander, 'salon')
    await shows(commander, 'succeeded').toBeVisible({ timeout: workMs })

    const health = await runHealth('salon')
    const membership = health.findings.filter(({ check }) => check.startsWith('membership.'))
    expect(membership.filter(({ status }) => status !== 'healthy')).toEqual([])
  })

  test('7 performance, the deployment’s report and the audit tell the rest', async () => {
    test.setTimeout(workMs)
    await manager.goto('/performance?target=salon')
    await expect(manager.getByRole('main')).toContainText(/normal|faster|slower/)
    await manager.goto('/deployments?target=salon')
    await manager.getByRole('table', { name: 'Deployments' }).getByRole('link').first().click()
    await expect(manager.getByRole('main')).toContainText(/APPROVED|BLOCKED/)
    await expect(manager.getByRole('main')).toContainText('rehearsal forward')

    await admin.goto('/audit?target=salon')
    for (const action of ['operations.approve', 'operations.run', 'operations.request']) {
      await expect(admin.getByRole('main')).toContainText(action)
    }
    await admin.getByRole('button', { name: 'Verify now' }).click()
    await expect(admin.getByRole('main')).toContainText('The chain holds')
  })

  test('8 the incident is resolved, and its postmortem is exported', async () => {
    await commander.goto(incidentPath)
    await commander
      .getByRole('button', { name: /^Resolve/ })
      .first()
      .click()
    const dialog = commander.getByRole('dialog')
    await dialog.getByRole('textbox').fill('All memberships are back; the script was stopped.')
    await dialog.getByRole('button', { name: /Resolve/ }).click()
    await expect(dialog).toBeHidden()
    await shows(commander, 'resolved').toBeVisible()
    await commander.getByRole('link', { name: 'Postmortem', exact: true }).click()
    const [download] = await Promise.all([
      commander.waitForEvent('download'),
      commander.getByRole('link', { name: /^Download/ }).click(),
    ])
    expect(await download.failure()).toBeNull()
    const text = readFileSync(await download.path(), 'utf8')
    expect(text).toContain('# ')
    expect(text).toContain('All memberships are back')
    expect(numberIn(/rows lost[^0-9]*([0-9,]+)/i.exec(text)?.[1] ?? '0')).toBeGreaterThan(0)
  })
})
