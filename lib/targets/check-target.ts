import { eq, sql } from 'drizzle-orm'
import { targetCredentials, targets } from '#drizzle/schema/targets.ts'
import { appendAudit } from '#lib/audit/append-audit.ts'
import { formatActor } from '#lib/context.ts'
import { announceChanges } from '#lib/db/changes.ts'
import { AppError, messageOf } from '#lib/errors.ts'
import type { JobScope } from '#lib/jobs/types.ts'
import { findTools, installCommand, listTools } from '#lib/servers/find-tools.ts'
import { updateAdvice, weaknessesOf } from '#lib/servers/known-weaknesses.ts'
import { loadSql } from '#lib/sql/load-sql.ts'
import { findPolicyProblems } from '#lib/targets/check-policy.ts'
import { identifyTarget } from '#lib/targets/identify-target.ts'
import { listRelations, listTables } from '#lib/targets/introspect.ts'
import { withTarget } from '#lib/targets/open-target.ts'
import {
  failed,
  judgeBackup,
  judgeIdentity,
  judgePolicy,
  judgeRole,
  judgeSuperuser,
  type Preflight,
  type PreflightCheck,
  passed,
  type RolePrivileges,
  summarize,
} from '#lib/targets/preflight.ts'
import { getPolicy, getTarget } from '#lib/targets/queries.ts'
import { recordReach } from '#lib/targets/record-reach.ts'
import type { Target } from '#lib/targets/types.ts'

const privilegesSql = loadSql(new URL('./sql/privileges.sql', import.meta.url))
const workingRoles = ['watch', 'backup', 'restore', 'guard'] as const
const readingRoles = ['watch', 'backup'] as const

/**
 * The preflight of a target: everything that later work needs, each checked by itself and told with what helps.
 * Writes nothing in the target; keeps the result beside it. Safe to repeat.
 */
export async function checkTarget(scope: JobScope): Promise<Preflight> {
  const { ctx } = scope
  const target = await getTarget(ctx.db, scope.targetId!)
  await scope.phase('connect')
  const checks = await collect(scope, target)
  const preflight = summarize(checks)
  const reached = checks.some((check) => check.name === 'connect' && check.ok)
  await scope.assertHeld()
  await ctx.db.transaction(async (tx) => {
    await tx.update(targets).set({ preflight, preflightAt: sql`now()` }).where(eq(targets.id, target.id))
    await recordReach(tx, target.id, reached)
    await announceChanges(tx, ['targets'])
    await appendAudit(tx, {
      actor: formatActor(ctx.actor),
      action: 'targets.check',
      outcome: 'done',
      subject: `target:${target.name}`,
      target: target.name,
      detail: {
        ok: preflight.ok,
        failed: checks.filter((check) => !check.ok).map((check) => check.name),
      },
    })
  })
  return preflight
}

async function collect(scope: JobScope, target: Target): Promise<PreflightCheck[]> {
  const { ctx } = scope
  const checks: PreflightCheck[] = []
  try {
    await withTarget(ctx, target.id, 'owner', { purpose: 'check target' }, async ({ sql }) => {
      const identity = await identifyTarget(sql)
      checks.push(passed('connect', `Reached ${target.host}:${target.port} as ${identity.roleName}.`))
      const [registered] = await ctx.db
        .select({ systemIdentifier: targets.systemIdentifier })
        .from(targets)
        .where(eq(targets.id, target.id))
      checks.push(
        ...judgeIdentity({ ...target, systemIdentifier: registered?.systemIdentifier ?? null }, identity),
      )
      const { document } = await getPolicy(ctx.db, target.id)
      checks.push(judgeSuperuser(target, identity, document))

      await scope.phase('policy')
      const tables = await listTables(sql)
      await ctx.db.update(targets).set({ tableCount: tables.length }).where(eq(targets.id, target.id))
      const problems = findPolicyProblems(document, tables, await listRelations(sql))
      checks.push(...judgePolicy(target, document, tables, problems))
    })
    await scope.phase('roles')
    checks.push(...(await checkRoles(scope, target)))
  } catch (error) {
    if (scope.signal.aborted) throw error
    const known = error instanceof AppError ? error : null
    const name = checks.some((check) => check.name === 'connect') ? 'read the catalog' : 'connect'
    checks.push(failed(name, messageOf(error), known?.hint ?? null))
  }
  await scope.phase('tools')
  checks.push(...checkTools(target))
  return checks
}

async function checkRoles(scope: JobScope, target: Target): Promise<PreflightCheck[]> {
  const { ctx } = scope
  const own = await ctx.db
    .select({ role: targetCredentials.role })
    .from(targetCredentials)
    .where(eq(targetCredentials.targetId, target.id))
  const { document } = await getPolicy(ctx.db, target.id)
  const checks: PreflightCheck[] = []
  for (const role of target.kind === 'control' ? readingRoles : workingRoles) {
    const borrowed = !own.some((credential) => credential.role === role)
    try {
      const found = await withTarget(
        ctx,
        target.id,
        role,
        { purpose: `check ${role}` },
        async ({ sql }) => (await sql.unsafe<RolePrivileges[]>(privilegesSql))[0]!,
      )
      checks.push(judgeRole(role, found, document, borrowed))
      if (role === 'backup') {
        checks.push(...judgeBackup(found))
        checks.push(
          passed('extensions', found.extensions.length > 0 ? found.extensions.join(', ') : 'None installed.'),
        )
      }
    } catch (error) {
      checks.push(failed(`role ${role}`, messageOf(error), error instanceof AppError ? error.hint : null))
    }
  }
  return checks
}

function checkTools(target: Target): PreflightCheck[] {
  const major = Math.floor(target.serverVersionNumber / 10_000)
  const tools = findTools(major)
  if (!tools) {
    const newest = listTools().at(-1)
    return [
      failed(
        'pg_dump',
        `No pg_dump on this machine can dump a server of version ${target.serverVersion}; ${newest ? `the newest is ${newest.version}` : 'there is none'}.`,
        `Install it: ${installCommand(major)}`,
      ),
    ]
  }
  const weaknesses = weaknessesOf(tools.version)
  return [
    passed('pg_dump', `pg_dump ${tools.version} for a server of version ${target.serverVersion}.`),
    ...(weaknesses.length > 0
      ? [failed('pg_dump is vulnerable', weaknesses.join(' '), updateAdvice(tools.version), true)]
      : []),
  ]
}
