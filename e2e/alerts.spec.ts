import { expect, type Page, test } from '@playwright/test'
import { demoPeople, signIn } from './people.ts'
import { holdfast, runHealth, tellHoldfast } from './terminal.ts'
import { type Received, startReceiver } from './webhook-receiver.ts'

/** Alerts are judged every 20 seconds, and messages go out within seconds. */
const toldMs = 60_000
const title = 'Schema changed only by deployments'
const index = 'e2e_user_name_idx'

test.describe.configure({ mode: 'serial' })

test.describe('somebody changes the schema by hand', () => {
  let admin: Page
  let receiver: Awaited<ReturnType<typeof startReceiver>>
  const find = (status: string): Received | undefined =>
    receiver.received.find(({ data }) => data.title.includes(title) && data.status === status)

  test.beforeAll(async ({ browser }) => {
    admin = await signIn(browser, demoPeople().admin)
    receiver = await startReceiver()
    // The first look is what later ones are compared with.
    await runHealth('video')
  })
  test.afterAll(async () => {
    await holdfast('demo', 'run', '--owner', 'video', `drop index if exists ${index}`).catch(() => {})
    await holdfast('channels', 'remove', 'e2e-receiver').catch(() => {})
    await receiver.stop()
  })

  test('a test message really arrives, signed', async () => {
    await tellHoldfast(
      receiver.url,
      { HOLDFAST_SIGNING_KEY: receiver.signingKey },
      'channels',
      'add',
      'e2e-receiver',
      '--kind',
      'webhook',
      '--allow-private',
    )
    await holdfast('channels', 'test', 'e2e-receiver')
    expect(receiver.received.map(({ type }) => type)).toContain('holdfast.test')
  })

  test('it is noticed, told once, and acknowledged by the link in the message', async ({ browser }) => {
    test.setTimeout(2 * toldMs)
    await holdfast('demo', 'run', '--owner', 'video', `create index ${index} on "bazaar-vid_user" (name)`)
    await runHealth('video')
    await expect.poll(() => find('firing'), { timeout: toldMs }).toBeDefined()
    const told = find('firing')!
    expect(told.data.target).toBe('video')

    const phone = await (await browser.newContext({ viewport: { width: 390, height: 844 } })).newPage()
    await phone.goto(told.data.acknowledgeUrl!)
    await expect(phone.getByRole('main')).toContainText(title)
    await phone.getByRole('button', { name: 'Acknowledge' }).click()
    await expect(phone.getByRole('status')).toContainText('Acknowledged')

    await admin.goto('/alerts?target=video')
    await expect(admin.getByRole('region', { name: 'Acknowledged' })).toContainText(title)
    // Who already took it is not asked again.
    await admin.goto('/?target=video')
    await expect(admin.getByRole('region', { name: 'Protection' })).toBeVisible()
    await expect(admin.getByRole('main').getByText(title)).toHaveCount(0)
    expect(receiver.received.filter(({ data }) => data.title.includes(title))).toHaveLength(1)
  })

  test('the change is found object by object, and a person says why it is right', async () => {
    test.setTimeout(2 * toldMs)
    await admin.goto('/health/schema?target=video')
    const main = admin.getByRole('main')
    await expect(main).toContainText(index)
    await expect(main).toContainText('No deployment accounts for it')
    await admin.getByRole('button', { name: 'Accept…' }).click()
    const dialog = admin.getByRole('dialog')
    await dialog.getByRole('textbox').fill('Agreed with the team, tried on staging before')
    await dialog.getByRole('button', { name: 'Accept the change' }).click()
    await expect(dialog).toBeHidden()
    await expect(main).toContainText('Agreed with the team')
    await expect.poll(() => find('resolved'), { timeout: toldMs }).toBeDefined()
  })
})
