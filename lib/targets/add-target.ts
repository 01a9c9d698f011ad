import { policies, targetCredentials, targets } from '#drizzle/schema/targets.ts'
import { appendAudit } from '#lib/audit/append-audit.ts'
import { findDenial } from '#lib/auth/find-denial.ts'
import { type Ctx, formatActor } from '#lib/context.ts'
import { AppError, done, type Outcome, refuse } from '#lib/errors.ts'
import type { KeyRing } from '#lib/keys.ts'
import { findPolicyProblems, formatProblems } from '#lib/targets/check-policy.ts'
import { findMirrorProblems } from '#lib/targets/check-policy-mirrors.ts'
import { findStoreProblems } from '#lib/targets/check-policy-stores.ts'
import { firstAnswer } from '#lib/targets/explain-connection-error.ts'
import {
  identifyTarget,
  isControlDatabase,
  placeOf,
  type TargetIdentity,
} from '#lib/targets/identify-target.ts'
import { type AddTargetInput, addTargetInput } from '#lib/targets/input.ts'
import { listRelations, listTables } from '#lib/targets/introspect.ts'
import { connectToUrl } from '#lib/targets/open-target.ts'
import type { Policy } from '#lib/targets/policy.ts'
import { credentialPlace, findTargetByName } from '#lib/targets/queries.ts'
import { suggestPolicy } from '#lib/targets/suggest-policy.ts'
import { formatPlace, formatTargetUrl, parseTargetUrl, type TargetAddress } from '#lib/targets/target-url.ts'
import type { Target } from '#lib/targets/types.ts'
import { defineVerb, type Verb } from '#lib/verb.ts'

export interface AddedTarget extends Target {
  /** How many tables of the application it has. */
  tables: number
  status: 'reachable'
  warnings: string[]
}

interface Seen {
  address: TargetAddress
  identity: TargetIdentity
  policy: Policy
  tables: number
  keys: KeyRing
}

const action = 'targets.add'
const oldestVersion = 140_000

/**
 * Registers a database as a target: connects first, then stores it with its sealed URL and the first policy version
 * in one transaction, so that nothing is ever half registered. Not safe to repeat: a taken name is refused.
 */
export const addTarget: Verb<AddedTarget> = async (ctx, input) => {
  const parsed = addTargetInput.safeParse(input)
  const denial = await findDenial(ctx, action)
  // The verb below refuses a denied or invalid request itself; until then nobody is connected to.
  const seen =
    denial || !parsed.success
      ? null
      : await look(ctx, parsed.data).catch(async (error) => {
          await recordFailure(ctx, parsed.data.name, error)
          throw error
        })

  return defineVerb<AddTargetInput, AddedTarget>({
    action,
    input: addTargetInput,
    async act({ tx, actorText }, { name, environment }) {
      if (!seen) throw new Error('unreachable: the verb refuses before it acts')
      if (!seen.ok) return seen
      const { address, identity, keys, policy, tables } = seen.value
      const [target] = await tx
        .insert(targets)
        .values({
          name,
          environment,
          ...placeOf(address, identity),
          tableCount: tables,
          createdBy: actorText,
        })
        .onConflictDoNothing()
        .returning()
      if (!target) return nameTaken(name)
      await tx.insert(targetCredentials).values({
        targetId: target.id,
        role: 'owner',
        sealedUrl: keys.seal(formatTargetUrl(address), credentialPlace(target.id, 'owner')),
        keyId: keys.keyId,
        setBy: actorText,
      })
      await tx
        .insert(policies)
        .values({ targetId: target.id, version: 1, document: policy, appliedBy: actorText })
      return {
        value: {
          id: target.id,
          name,
          environment,
          kind: 'application',
          host: address.host,
          port: address.port,
          databaseName: address.database,
          serverVersion: identity.serverVersion,
          serverVersionNumber: identity.serverVersionNumber,
          tables,
          status: 'reachable',
          warnings: warningsOf(seen.value),
        },
        audit: {
          subject: `target:${name}`,
          target: name,
          detail: {
            environment,
            place: formatPlace(address),
            serverVersion: identity.serverVersion,
            role: identity.roleName,
          },
        },
        changed: ['targets'],
      }
    },
  })(ctx, input)
}

const nameTaken = (name: string) =>
  refuse(
    'target-exists',
    `There is a target “${name}” already.`,
    `Choose another name, or remove it first: holdfast targets remove ${name}`,
  )

/** Everything that must be known of the database before it may be registered. */
async function look(
  ctx: Ctx,
  { name, url, policy }: { name: string; url: string; policy?: Policy },
): Promise<Outcome<Seen>> {
  if (!ctx.keys) {
    return refuse(
      'key-not-here',
      'This process may not open a target.',
      `Add it on the host: holdfast targets add ${name} --url postgresql://…`,
    )
  }
  if (await findTargetByName(ctx.db, name)) return nameTaken(name)
  const parsed = parseTargetUrl(url)
  if (!parsed.ok) return parsed
  const address = parsed.value
  const sql = connectToUrl(formatTargetUrl(address), 'watch', {
    purpose: 'add target',
    statementTimeoutMs: 30_000,
  })
  try {
    const identity = await firstAnswer(identifyTarget(sql), formatPlace(address))
    if (identity.serverVersionNumber < oldestVersion) {
      return refuse(
        'target-too-old',
        `${formatPlace(address)} runs PostgreSQL ${identity.serverVersion}; Holdfast needs 14 or later.`,
        'Upgrade the server first.',
      )
    }
    if (identity.isStandby) {
      return refuse(
        'target-standby',
        `${formatPlace(address)} is a standby: nothing can be guarded or restored there.`,
        'Give the URL of its primary server.',
      )
    }
    if (await isControlDatabase(ctx.db, identity)) {
      return refuse(
        'target-is-control',
        'This is Holdfast’s own control database; it cannot protect itself.',
        'Give the URL of the database to protect.',
      )
    }
    const [tables, relations] = [await listTables(sql), await listRelations(sql)]
    if (policy) {
      const problems = [
        ...findPolicyProblems(policy, tables, relations),
        ...(await findStoreProblems(ctx.db, policy)),
        ...(await findMirrorProblems(ctx.db, policy, name)),
      ]
      if (problems.length > 0) return refuse('policy-mismatch', formatProblems(problems), null, problems)
    }
    return done({
      address,
      identity,
      policy: policy ?? (await suggestPolicy(sql, tables)),
      tables: tables.length,
      keys: ctx.keys,
    })
  } finally {
    await sql.end({ timeout: 5 })
  }
}

async function recordFailure(ctx: Ctx, name: string, error: unknown): Promise<void> {
  await ctx.db.transaction((tx) =>
    appendAudit(tx, {
      actor: formatActor(ctx.actor),
      action,
      outcome: 'failed',
      subject: `target:${name}`,
      target: name,
      reason: error instanceof AppError ? error.message : 'The database could not be read.',
      detail: { code: error instanceof AppError ? error.code : 'failed' },
    }),
  )
}

function warningsOf({ address, identity }: Seen): string[] {
  const warnings: string[] = []
  if (identity.isSuperuser) {
    warnings.push(
      `The URL is a superuser’s. Make the four least-privilege roles; “holdfast targets check” prints the SQL.`,
    )
  }
  if (address.sslMode === 'disable' || address.sslMode === 'require') {
    warnings.push(`The connection is not verified (sslmode=${address.sslMode}).`)
  }
  return warnings
}
