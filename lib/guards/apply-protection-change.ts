import { eq } from 'drizzle-orm'
import { users } from '#drizzle/schema/auth.ts'
import { guardStates } from '#drizzle/schema/guards.ts'
import type { Ctx } from '#lib/context.ts'
import { AppError, unwrap } from '#lib/errors.ts'
import { changeProtection, type ProtectedTable } from '#lib/guards/change-protection.ts'
import { requestGuardInstallation } from '#lib/guards/request-guard-installation.ts'
import type { JobScope } from '#lib/jobs/types.ts'
import { applyPolicy } from '#lib/targets/apply-policy.ts'
import { getPolicy, getTarget } from '#lib/targets/queries.ts'

export interface ProtectionChange {
  entry: ProtectedTable
  version: number
  reason: string
  userId: string
  sessionId: string
}

export interface AppliedProtectionChange {
  version: number
  changed: boolean
  warnings: string[]
  /** The job that brings the guards to it; null where the target has no guards yet. */
  installationJobRunId: string | null
}

/**
 * Does a `policy.apply` job: puts one table's changed protection in force as the person who asked, whose permission is
 * read again now, and files the installation of the guards. Safe to repeat.
 */
export async function applyProtectionChange(
  scope: JobScope,
  { entry, version, reason, userId, sessionId }: ProtectionChange,
): Promise<AppliedProtectionChange> {
  const targetId = scope.targetId!
  const ctx = await asPerson(scope.ctx, userId, sessionId)
  await scope.phase('check')
  const target = await getTarget(ctx.db, targetId)
  const current = await getPolicy(ctx.db, targetId)
  // A run that died after it had applied finds its own version, and puts the same document in force again.
  if (current.version !== version && scope.attempt === 1) {
    throw new AppError('policy-moved', `Version ${current.version} was put in force meanwhile.`, {
      kind: 'refused',
      hint: 'Look at the budget as it is now, and change it again.',
    })
  }
  await scope.assertHeld()
  const document = changeProtection(current.document, entry)
  const applied = unwrap(await applyPolicy(ctx, { name: target.name, document, reason }))
  const isGuarded = (await ctx.db.$count(guardStates, eq(guardStates.targetId, targetId))) > 0
  const installation = isGuarded
    ? unwrap(await requestGuardInstallation(ctx, { target: target.name })).jobRunId
    : null
  const { changed, warnings } = applied
  return { version: applied.version, changed, warnings, installationJobRunId: installation }
}

async function asPerson(ctx: Ctx, userId: string, sessionId: string): Promise<Ctx> {
  const [person] = await ctx.db.select().from(users).where(eq(users.id, userId))
  if (!person) throw new AppError('forbidden', 'Who asked is not known any more.', { kind: 'refused' })
  const { email, role } = person
  return { ...ctx, actor: { kind: 'user', userId, email, role, sessionId } }
}
