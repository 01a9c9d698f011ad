import { createHmac, randomBytes } from 'node:crypto'
import { inArray, sql } from 'drizzle-orm'
import { signInAttempts, signInKeys } from '#drizzle/schema/auth.ts'
import type { Db } from '#lib/db/client.ts'

export interface ThrottleRule {
  subject: string
  /** Failures within the window that cost nothing; each further one doubles the wait, from one second. */
  freeTries: number
  longestWaitSeconds: number
  /** Whether a success wipes the failures before it. Not for addresses: an attacker has an own account, too. */
  forgivenBySuccess: boolean
}

const windowMinutes = 15
const trustedDays = 30

/** How long to wait after the newest of so many failures. The cap keeps a person from being locked out for ever. */
export function waitSeconds(failures: number, rule: ThrottleRule): number {
  if (failures < rule.freeTries) return 0
  return Math.min(2 ** (failures - rule.freeTries), rule.longestWaitSeconds)
}

let knownKey: { db: Db; key: string } | null = null

/** Hashes a subject under the installation's sign-in key, so that the table names nobody. */
export async function hashSubject(db: Db, subject: string): Promise<string> {
  if (knownKey?.db !== db) {
    const key = randomBytes(32).toString('hex')
    await db.insert(signInKeys).values({ id: 1, key }).onConflictDoNothing()
    const [row] = await db.select({ key: signInKeys.key }).from(signInKeys)
    knownKey = { db, key: row!.key }
  }
  return createHmac('sha256', knownKey.key).update(subject).digest('hex')
}

export type Admission = { admitted: true; attemptIds: string[] } | { admitted: false; waitSeconds: number }

/**
 * Counts a try as failed before it is made, or tells how long to wait. Tries of one subject queue here, so a thousand
 * at once get no more than one by one would. A try that has to wait is not counted: waiting is never prolonged by trying.
 */
export async function admitAttempt(db: Db, rules: readonly ThrottleRule[]): Promise<Admission> {
  const hashed = await Promise.all(
    rules.map(async (rule) => ({ ...rule, subject: await hashSubject(db, rule.subject) })),
  )
  const subjects = hashed.map((rule) => rule.subject).sort()
  return db.transaction(async (tx) => {
    for (const subject of subjects) {
      await tx.execute(sql`select pg_advisory_xact_lock(hashtextextended(${subject}, 7467224))`)
    }
    const recent = await tx
      .select({
        subject: signInAttempts.subject,
        succeeded: signInAttempts.succeeded,
        ageSeconds: sql<number>`extract(epoch from clock_timestamp() - ${signInAttempts.at})::float8`,
      })
      .from(signInAttempts)
      .where(
        sql`${inArray(signInAttempts.subject, subjects)} and ${signInAttempts.at} > now() - make_interval(mins => ${windowMinutes})`,
      )
    const wait = Math.max(0, ...hashed.map((rule) => remainingSeconds(rule, recent)))
    if (wait > 0) return { admitted: false, waitSeconds: Math.ceil(wait) }
    const rows = await tx
      .insert(signInAttempts)
      .values(subjects.map((subject) => ({ subject, succeeded: false, at: sql`clock_timestamp()` })))
      .returning({ id: signInAttempts.id })
    return { admitted: true, attemptIds: rows.map((row) => row.id) }
  })
}

function remainingSeconds(
  rule: ThrottleRule,
  recent: readonly { subject: string; succeeded: boolean; ageSeconds: number }[],
): number {
  const own = recent.filter((attempt) => attempt.subject === rule.subject)
  const forgivenAt = rule.forgivenBySuccess
    ? Math.min(
        Number.POSITIVE_INFINITY,
        ...own.filter((attempt) => attempt.succeeded).map((attempt) => attempt.ageSeconds),
      )
    : Number.POSITIVE_INFINITY
  const failures = own.filter((attempt) => !attempt.succeeded && attempt.ageSeconds < forgivenAt)
  if (failures.length === 0) return 0
  const newest = Math.min(...failures.map((attempt) => attempt.ageSeconds))
  return waitSeconds(failures.length, rule) - newest
}

/** Turns an admitted try into a success. */
export async function recordSuccess(db: Db, attemptIds: string[]): Promise<void> {
  await db.update(signInAttempts).set({ succeeded: true }).where(inArray(signInAttempts.id, attemptIds))
}

/** Whether this subject succeeded lately: a person's usual place stays open while strangers try the account. */
export async function succeededLately(db: Db, subject: string): Promise<boolean> {
  const hashed = await hashSubject(db, subject)
  const rows = await db
    .select({ id: signInAttempts.id })
    .from(signInAttempts)
    .where(
      sql`${signInAttempts.subject} = ${hashed} and ${signInAttempts.succeeded} and ${signInAttempts.at} > now() - make_interval(days => ${trustedDays})`,
    )
    .limit(1)
  return rows.length > 0
}
