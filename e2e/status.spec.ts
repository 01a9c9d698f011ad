import { expect, test } from '@playwright/test'
import { holdfast } from './terminal.ts'

test.describe('the public status page', () => {
  test.afterAll(async () => {
    await holdfast('status', 'unpublish').catch(() => {})
  })

  test('is not there until somebody publishes it, and then says what the public may know', async ({
    browser,
  }) => {
    // Nobody is signed in here, and no script runs.
    const page = await (await browser.newContext({ javaScriptEnabled: false })).newPage()
    expect((await page.goto('/status'))!.status()).toBe(404)

    await holdfast(
      'status',
      'publish',
      '--service',
      'crm=Sales,site=Customer site',
      '--title',
      'Our services',
    )
    await holdfast('status', 'notice', 'We are moving offices; phones may be slow.')
    await expect(async () => {
      expect((await page.goto('/status'))!.status()).toBe(200)
    }).toPass()
    const body = page.locator('body')
    await expect(body).toContainText('Our services')
    await expect(body).toContainText('Sales')
    await expect(body).toContainText('Customer site')
    await expect(body).toContainText('phones may be slow')
    const html = await page.content()
    for (const internal of ['crm', 'agents', '127.0.0.1', 'public.', 'salons.example'])
      expect(html, internal).not.toContain(internal)

    await holdfast('status', 'unpublish')
    await expect(async () => {
      expect((await page.goto('/status'))!.status()).toBe(404)
    }).toPass()
  })
})
