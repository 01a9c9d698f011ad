import { randomUUID } from 'node:crypto'
import { guardEvents } from '#drizzle/schema/guards.ts'
import { auditBrokenGlass } from '#lib/auth/break-glass.ts'
import { type Ctx, formatActor } from '#lib/context.ts'
import { announceChanges } from '#lib/db/changes.ts'
import type { Target } from '#lib/targets/types.ts'

export interface BrokenGlass {
  act: 'guards.remove' | 'policy.apply'
  /** What goes, one sentence each. */
  losses: string[]
  reason?: string | undefined
}

/** What the output of a door says when a person went ahead alone. */
export const brokenGlassWarning =
  'Nobody else exists who could approve this, so you went ahead alone. It is in the audit, and an alert says so.'

/**
 * Records, before anything is done, that one person alone weakens the protection of a production target: in the audit
 * first, then as an event that raises an alert. Each call is one more.
 */
export async function recordBrokenGlass(ctx: Ctx, target: Target, broken: BrokenGlass): Promise<void> {
  const by = formatActor(ctx.actor)
  const { act, losses, reason } = broken
  await auditBrokenGlass(ctx, {
    action: 'guards.break-glass',
    subject: `target:${target.name}`,
    target: target.name,
    ...(reason ? { reason } : {}),
    detail: { act, losses },
  })
  await ctx.db.insert(guardEvents).values({
    targetId: target.id,
    kind: 'tampered',
    at: new Date(),
    tableName: act === 'guards.remove' ? 'every guard' : 'the policy',
    roleName: by,
    detail: { breakGlass: act, problems: losses, ...(reason ? { reason } : {}) },
    sourceKey: `break-glass:${randomUUID()}`,
  })
  await announceChanges(ctx.db, ['guards', 'audit'])
}
