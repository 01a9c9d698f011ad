import { randomBytes } from 'node:crypto'
import postgres from 'postgres'
import type { Ctx } from '#lib/context.ts'
import { unwrap } from '#lib/errors.ts'
import { installGuards } from '#lib/guards/install-guards.ts'
import { planGuards } from '#lib/guards/plan-guards.ts'
import { removeGuards } from '#lib/guards/remove-guards.ts'
import { requestGuardInstallation } from '#lib/guards/request-guard-installation.ts'
import { requestGuardRemoval } from '#lib/guards/request-guard-removal.ts'
import { requestGuardVerification } from '#lib/guards/request-guard-verification.ts'
import { runGuardStatement } from '#lib/guards/run-guard-statement.ts'
import type { GuardReport } from '#lib/guards/types.ts'
import { doVerifyGuards } from '#lib/guards/verify-guards.ts'
import { getJobRun } from '#lib/jobs/queries.ts'
import { runJob } from '#lib/jobs/run-job.ts'
import type { JobHandlers } from '#lib/jobs/types.ts'
import { addTarget } from '#lib/targets/add-target.ts'
import { withTarget } from '#lib/targets/open-target.ts'
import type { PolicyInput } from '#lib/targets/policy.ts'
import { getPolicy } from '#lib/targets/queries.ts'
import { createTestDatabase, createTestStore, type TestStore } from '#lib/testing/test-db.ts'

const handlers = {
  'guards.install': (scope) => installGuards(scope),
  'guards.remove': (scope) => removeGuards(scope),
  'guards.verify': (scope) => doVerifyGuards(scope),
} as Partial<JobHandlers> as JobHandlers

export interface GuardedTarget {
  store: TestStore
  targetId: string
  name: string
  url: string
  /** The database as an application or a person with all rights sees it. */
  sql: postgres.Sql
  install(): Promise<GuardReport & { ran: number }>
  verify(): Promise<GuardReport>
  remove(): Promise<unknown>
  /** As if the guards had been there for months: in the minute after an installation every change goes the long way. */
  letSettle(): Promise<void>
}

/**
 * A database with this script, registered under this policy, as its superuser or as `owner`; guards are not installed
 * yet. On the test run's server, or on `server`.
 */
export async function createGuardedTarget(
  script: string,
  policy: PolicyInput,
  owner?: { user: string; password: string },
  server?: string,
): Promise<GuardedTarget> {
  return registerGuardedTarget(await createTestDatabase(script, server), policy, owner)
}

/** The same of a database that is there already. */
export async function registerGuardedTarget(
  { sql, url }: { sql: postgres.Sql; url: string },
  policy: PolicyInput,
  owner?: { user: string; password: string },
): Promise<GuardedTarget> {
  const store = await createTestStore()
  const ownerUrl = new URL(url)
  if (owner) {
    ownerUrl.username = owner.user
    ownerUrl.password = owner.password
  }
  const name = `t-${randomBytes(4).toString('hex')}`
  const { id: targetId } = unwrap(await addTarget(store.ctx, { name, url: ownerUrl.toString(), policy }))
  const run = async <T>(request: typeof requestGuardInstallation): Promise<T> => {
    const { jobRunId } = unwrap(await request(store.ctx, { target: name }))
    await runJob(store.ctx, handlers, jobRunId, 'test')
    const { status, result, error } = await getJobRun(store.db, jobRunId)
    if (status !== 'succeeded') throw new Error(JSON.stringify(error))
    return result as T
  }
  return {
    store,
    targetId,
    name,
    url,
    sql,
    install: () => run(requestGuardInstallation),
    verify: () => run(requestGuardVerification),
    remove: () => run(requestGuardRemoval),
    letSettle: () => letSettle(store.ctx, targetId),
  }
}

const letSettle = async (ctx: Ctx, targetId: string): Promise<void> => {
  const { document } = await getPolicy(ctx.db, targetId)
  await withTarget(ctx, targetId, 'guard', { purpose: 'test' }, async ({ sql }) => {
    const { statements } = await planGuards(sql, document, '202601010000')
    for (const statement of statements) await runGuardStatement(sql, statement, 'test')
  })
}

export interface Refused {
  code: string
  message: string
  detail: string
  hint: string
}

/** The PostgreSQL error of work that must fail; fails the test when it does not. */
export async function refusalOf(work: PromiseLike<unknown>): Promise<Refused> {
  try {
    await work
  } catch (error) {
    if (error instanceof postgres.PostgresError) return error as unknown as Refused
    throw error
  }
  throw new Error('it was not refused')
}
