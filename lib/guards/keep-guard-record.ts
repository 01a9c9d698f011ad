import { isDeepStrictEqual } from 'node:util'
import { eq, ne } from 'drizzle-orm'
import { guardInstallations } from '#drizzle/schema/guards.ts'
import type { DbOrTx } from '#lib/db/client.ts'
import type { GuardRecord } from '#lib/guards/compare-with-record.ts'
import { type GuardPrints, printScheme } from '#lib/guards/read-prints.ts'
import type { GuardSurveyed } from '#lib/guards/survey-guards.ts'

/** What is compared next time: see `guardInstallations`. Null: there is none that this version can read. */
export async function findGuardRecord(db: DbOrTx, targetId: string): Promise<GuardRecord | null> {
  const [row] = await db.select().from(guardInstallations).where(eq(guardInstallations.targetId, targetId))
  return row?.scheme === printScheme ? { origin: row.origin, prints: row.prints as GuardPrints } : null
}

/**
 * What is to be recorded once Holdfast changed a guard: each object as it is now. What is not as wanted even so keeps what was
 * recorded before, so that nobody's change is ever taken for ours. Pure.
 */
export function recordInstalled(
  live: GuardPrints,
  wrong: ReadonlySet<string>,
  before: GuardRecord | null,
): GuardRecord {
  const earlier = before?.origin === 'installed' ? before.prints : {}
  return {
    origin: 'installed',
    prints: Object.fromEntries([
      ...Object.entries(live).filter(([object]) => !wrong.has(object)),
      ...Object.entries(earlier).filter(([object]) => wrong.has(object)),
    ]),
  }
}

/** Keeps what Holdfast just installed, instead of the record of before. Safe to repeat. */
export async function keepInstalledRecord(
  db: DbOrTx,
  targetId: string,
  { prints, wrong, record }: Pick<GuardSurveyed, 'prints' | 'wrong' | 'record'>,
): Promise<void> {
  if (!prints) return
  const installed = recordInstalled(prints, wrong, record)
  if (isDeepStrictEqual(record, installed)) return
  const values = { ...installed, scheme: printScheme, recordedAt: new Date() }
  await db
    .insert(guardInstallations)
    .values({ targetId, ...values })
    .onConflictDoUpdate({ target: guardInstallations.targetId, set: values })
}

/**
 * Keeps what a verification saw of guards that were installed without a record. A record that is there stays: only an
 * installation may say that something newer was installed. Safe to repeat.
 */
export async function keepFirstRecord(
  db: DbOrTx,
  targetId: string,
  { prints, record, report }: Pick<GuardSurveyed, 'prints' | 'record' | 'report'>,
): Promise<void> {
  if (record || !prints || !('table holdfast.guarded_tables' in prints)) return
  const origin = report.installed ? ('installed' as const) : ('found' as const)
  const values = { origin, prints, scheme: printScheme, recordedAt: new Date() }
  await db
    .insert(guardInstallations)
    .values({ targetId, ...values })
    .onConflictDoUpdate({
      target: guardInstallations.targetId,
      set: values,
      setWhere: ne(guardInstallations.scheme, printScheme),
    })
}
