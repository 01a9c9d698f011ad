import { readFileSync } from 'node:fs'
import { expect, test } from '@playwright/test'
import { demoPeople, signIn } from './people.ts'

test.describe('audit', () => {
  test('an admin verifies the chain, filters and exports; both are on record', async ({ browser }) => {
    const page = await signIn(browser, demoPeople().admin)
    await page.goto('/audit')
    await page.getByRole('button', { name: 'Verify now' }).click()
    await expect(page.getByRole('main').getByText('The chain holds')).toBeVisible()
    await expect(page.getByRole('main').getByText('audit.verify').first()).toBeVisible()

    await page.getByLabel('Action').fill('sessions.sign-in')
    await page.getByRole('button', { name: 'Filter' }).click()
    await page.waitForURL(/action=sessions\.sign-in/)
    await expect(page.getByText('backups.request')).toHaveCount(0)
    await expect(page.getByRole('main').getByText('sessions.sign-in').first()).toBeVisible()

    const [saved] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'CSV' }).click(),
    ])
    const lines = readFileSync(await saved.path(), 'utf8')
      .trim()
      .split('\r\n')
    expect(lines[0]).toBe('seq,at,actor,action,outcome,subject,target,reason,detail,hash')
    expect(lines.slice(1).every((line) => line.includes('sessions.sign-in'))).toBe(true)
    await page.goto('/audit?action=audit')
    await expect(page.getByRole('main').getByText('audit.export').first()).toBeVisible()
  })

  test('a viewer reads it and has no button that acts', async ({ browser }) => {
    const page = await signIn(browser, demoPeople().manager)
    await page.goto('/audit')
    await expect(page.getByRole('heading', { name: 'Audit', exact: true })).toBeVisible()
    await expect(page.getByRole('main').getByText('sessions.sign-in').first()).toBeVisible()
    await expect(page.getByRole('button', { name: /Verify|CSV|JSON/ })).toHaveCount(0)
  })

  test('a nonsense filter in the address is left out, and the page fits a phone', async ({ browser }) => {
    const page = await signIn(browser, demoPeople().manager)
    await page.setViewportSize({ width: 390, height: 844 })
    await page.goto("/audit?outcome=perhaps&from=yesterday&before=-1&actor=%25'--")
    await expect(page.getByRole('main').getByText('No entry fits the filter')).toBeVisible()
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390)
  })
})
