import { createHash } from 'node:crypto'
import type postgres from 'postgres'
import { readAgents, readGuarded } from '#lib/guards/read-guarded.ts'
import { loadSql } from '#lib/sql/load-sql.ts'

const printSql = loadSql(new URL('./sql/print_guards.sql', import.meta.url))

/** Raised whenever the same object would get another print than before. */
export const printScheme = 1

/** A hash of each object of an installed guard, by the name that the plan gives it. */
export type GuardPrints = Readonly<Record<string, string>>

/** Takes the prints of what is in a target now; none where no guard is. Only reads. */
export async function readPrints(sql: postgres.Sql): Promise<GuardPrints> {
  const objects = await sql.unsafe<{ object: string; print: string }[]>(printSql)
  const { tables, budgets } = await readGuarded(sql)
  const agents = (await readAgents(sql)) ?? []
  return Object.fromEntries([
    ...objects.map(({ object, print }) => [object, print]),
    ...tables.map(({ guarded_at: _, ...entry }) => [`guard of ${entry.relation}`, printOf(entry)]),
    ...budgets.map((entry) => [
      `${entry.act} budget of ${entry.counts_as}${entry.role_name === '' ? '' : ` for ${entry.role_name}`}`,
      printOf(entry),
    ]),
    ...agents.map((role) => [`agent ${role}`, printOf({ role })]),
  ])
}

const printOf = (entry: Record<string, unknown>): string =>
  createHash('sha256')
    .update(JSON.stringify(Object.entries(entry).sort(([one], [other]) => (one < other ? -1 : 1))))
    .digest('hex')
