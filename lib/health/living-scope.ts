import type postgres from 'postgres'
import type { Ctx } from '#lib/context.ts'
import { judgeSchemaChanges } from '#lib/health/checks/schema-changes.ts'
import { explainFailure } from '#lib/health/explain-failure.ts'
import { readCounters } from '#lib/health/keep-counters.ts'
import { readOwnRecords } from '#lib/health/own-records.ts'
import { listUnexplained } from '#lib/health/schema-queries.ts'
import type { Judgement, LivingScope } from '#lib/health/types.ts'
import { watchSchema } from '#lib/health/watch-schema.ts'
import { loadSql } from '#lib/sql/load-sql.ts'
import type { TargetIdentity } from '#lib/targets/identify-target.ts'
import type { Policy } from '#lib/targets/policy.ts'
import type { Target } from '#lib/targets/types.ts'

const statementsExtensionSql = loadSql(new URL('./sql/statements-extension.sql', import.meta.url))

/** Gathers what the checks of a living target are planned from; keeps a new version of its schema when there is one. */
export async function readLivingScope(
  ctx: Ctx,
  target: Target,
  session: postgres.Sql,
  { identity, policy, now }: { identity: TargetIdentity; policy: Policy; now: Date },
): Promise<LivingScope> {
  const isOwn = target.kind === 'control'
  const [statements] = await session.unsafe<{ schema: string; version: string }[]>(statementsExtensionSql)
  return {
    now,
    serverVersionNumber: identity.serverVersionNumber,
    counters: await readCounters(ctx.db, target.id),
    records: await readOwnRecords(ctx.db, target.id, policy),
    statements: statements ?? (isOwn ? 'not-wanted' : null),
    schemaChanges: isOwn ? null : await lookAtSchema(ctx, target, session, identity.roleName, now),
  }
}

/** A schema that cannot be read is no data, and keeps no other check from running. */
async function lookAtSchema(
  ctx: Ctx,
  target: Target,
  session: postgres.Sql,
  roleName: string,
  now: Date,
): Promise<Judgement> {
  try {
    await watchSchema(ctx.db, target.id, session, now)
  } catch (error) {
    // Without a code of PostgreSQL's it is our own trouble, and no finding about the target.
    if (!/^[0-9A-Z]{5}$/.test((error as { code?: string }).code ?? '')) throw error
    return explainFailure(error, roleName, target.name)
  }
  return judgeSchemaChanges(await listUnexplained(ctx.db, target.id), target.name)
}
