import { lt, sql } from 'drizzle-orm'
import { signInAttempts, stepUps } from '#drizzle/schema/auth.ts'
import type { Ctx } from '#lib/context.ts'

/** Forgets tries to sign in after the month in which they count, and proofs long past their five minutes. Safe to repeat. */
export async function sweepSignIns({ db }: Ctx): Promise<void> {
  await db.delete(signInAttempts).where(lt(signInAttempts.at, sql`now() - interval '31 days'`))
  await db.delete(stepUps).where(lt(stepUps.provedAt, sql`now() - interval '1 day'`))
}
