import { cookies } from 'next/headers'
import { notFound } from 'next/navigation'
import { getDb } from '#app/_web/db.ts'
import { findFirstTarget, listTargets } from '#lib/targets/queries.ts'
import type { Target } from '#lib/targets/types.ts'

export type SearchParams = Promise<Record<string, string | string[] | undefined>>

/** Remembers the target of the last page, so that a link without `?target=` stays with it. Set by the shell. */
export const targetCookieName = 'holdfast-target'

/**
 * The target a page is about: `?target=<name>`, else the last one looked at, else the application that was added first.
 * Holdfast's own database is shown where somebody asks for it by name.
 * Null when there is none yet. An unknown name is the not-found page, never silently another target.
 */
export async function currentTarget(searchParams: SearchParams): Promise<Target | null> {
  const db = getDb()
  const [asked, jar, targets] = await Promise.all([searchParams, cookies(), listTargets(db)])
  const name = Array.isArray(asked.target) ? asked.target[0] : asked.target
  if (name) return targets.find((target) => target.name === name) ?? notFound()
  const remembered = jar.get(targetCookieName)?.value
  const last = targets.find(({ kind, name }) => kind === 'application' && name === remembered)
  return last ?? (await findFirstTarget(db))
}
