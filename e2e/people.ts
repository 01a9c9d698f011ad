import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Browser, Page } from '@playwright/test'

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

/** A browser of their own for this person, signed in through the form. */
export async function signIn(browser: Browser, person: Person): Promise<Page> {
  const page = await (await browser.newContext()).newPage()
  await page.goto('/sign-in')
  await page.getByLabel('E-mail').fill(person.email)
  await page.getByLabel('Password').fill(person.password)
  await page.getByRole('button', { name: 'Sign in', exact: true }).click()
  await page.waitForURL((url) => !url.pathname.startsWith('/sign-in'))
  return page
}
