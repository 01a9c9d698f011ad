import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { dataDirectory, ensureDataDirectory } from '#lib/env.ts'
import { AppError } from '#lib/errors.ts'

/** As whom a demo database is used: by its application, or by its migrations. */
export type DemoRole = 'application' | 'owner'

type Urls = Partial<Record<DemoRole, string>>

const file = (): string => join(dataDirectory(), 'demo-databases.json')

const readAll = (): Record<string, Urls> =>
  existsSync(file()) ? (JSON.parse(readFileSync(file(), 'utf8')) as Record<string, Urls>) : {}

/** What is known of a demo database's roles; empty before its first start. */
export const findDemoUrls = (name: string): Urls => readAll()[name] ?? {}

/** Keeps a demo database's URLs, readable by the owner of the data directory only. Safe to repeat. */
export function rememberDemoUrls(name: string, urls: Urls): void {
  ensureDataDirectory()
  writeFileSync(file(), JSON.stringify({ ...readAll(), [name]: urls }, null, 2), { mode: 0o600 })
}

/** The URL that a demo database is used with. Throws AppError `no-demo` where there is none. */
export function demoUrl(name: string, role: DemoRole = 'application'): string {
  const all = readAll()
  const url = all[name]?.[role]
  if (url) return url
  const names = Object.keys(all)
  throw new AppError(
    'no-demo',
    names.length === 0
      ? 'There is no demo in this installation.'
      : all[name]
        ? `The demo database ${name} has no role of its own for migrations.`
        : `There is no demo database “${name}”.`,
    {
      kind: 'not-found',
      hint: names.length === 0 ? 'Start Holdfast once without --no-demo.' : `There are: ${names.join(', ')}`,
    },
  )
}
