import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Browser, expect, type Page } from '@playwright/test'

export interface Person {
  email: string
  name: string
  role: 'viewer' | 'admin' | 'commander'
  password: string
}

export const dataDirectory = process.env.HOLDFAST_E2E_DATA ?? ''

/** The demo's people, as `start` made them for this data directory: manager, admin, commander, second commander. */
export function demoPeople(): { manager: Person; admin: Person; commander: Person; second: Person } {
  const people = JSON.parse(readFileSync(join(dataDirectory, 'demo-sign-in.json'), 'utf8')) as Person[]
  const [commander, second] = people.filter(({ role }) => role === 'commander')
  return {
    manager: people.find(({ role }) => role === 'viewer')!,
    admin: people.find(({ role }) => role === 'admin')!,
    commander: commander!,
    second: second!,
  }
}

/** The URL that a demo database is used with: by its application, or by its migrations. */
export function demoUrl(database: string, role: 'application' | 'owner' = 'application'): string {
  const all = JSON.parse(readFileSync(join(dataDirectory, 'demo-databases.json'), 'utf8'))
  return all[database][role]
}

export const phone = { width: 390, height: 844 }

/** A browser of their own for this person, signed in through the form. */
export async function signIn(
  browser: Browser,
  person: Person,
  options: { viewport?: { width: number; height: number } } = {},
): Promise<Page> {
  const page = await (await browser.newContext(options)).newPage()
  await page.goto('/sign-in')
  await page.getByLabel('E-mail').fill(person.email)
  await page.getByLabel('Password').fill(person.password)
  await page.getByRole('button', { name: 'Sign in', exact: true }).click()
  await page.waitForURL((url) => !url.pathname.startsWith('/sign-in'))
  return page
}

/** Approves or runs on an operation's page: the password, and the target's name where it is asked for. */
export async function decide(page: Page, button: RegExp, person: Person, targetName?: string): Promise<void> {
  await page.getByRole('main').getByRole('button', { name: button }).click()
  const dialog = page.getByRole('dialog')
  if (targetName) await dialog.getByLabel('Name of the target').fill(targetName)
  await dialog.getByLabel('Your password').fill(person.password)
  await dialog.getByRole('button', { name: button }).click()
  await expect(dialog).toBeHidden()
}

/** A person at a page. */
export interface Seat {
  page: Page
  person: Person
}

/** The second one approves the plan that the first one's page shows; the first one runs it. Both look at the same plan. */
export async function approveAndRun(first: Seat, second: Seat): Promise<void> {
  await expect(first.page.getByRole('button', { name: 'Approve this plan' })).toHaveCount(0)
  await second.page.goto(first.page.url())
  await decide(second.page, /Approve this plan/, second.person)
  await decide(first.page, /Run on salon/, first.person, 'salon')
}
