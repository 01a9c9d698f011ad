import { and, asc, desc, eq, isNull, sql } from 'drizzle-orm'
import { policies, targetCredentials, targetRequests, targets } from '#drizzle/schema/targets.ts'
import type { Ctx } from '#lib/context.ts'
import type { DbOrTx } from '#lib/db/client.ts'
import { AppError, notFound, unwrap } from '#lib/errors.ts'
import { refuseControlTarget } from '#lib/targets/control-target.ts'
import { type Policy, policySchema } from '#lib/targets/policy.ts'
import type { Preflight } from '#lib/targets/preflight.ts'
import type { Target, TargetRole } from '#lib/targets/types.ts'

const listHint = 'List them with: holdfast targets list'

const columns = {
  id: targets.id,
  name: targets.name,
  environment: targets.environment,
  kind: targets.kind,
  host: targets.host,
  port: targets.port,
  databaseName: targets.databaseName,
  serverVersion: targets.serverVersion,
  serverVersionNumber: targets.serverVersionNumber,
}

/** Applications by name; Holdfast's own database comes last, so that it is nobody's default. */
export const listTargets = (db: DbOrTx): Promise<Target[]> =>
  db
    .select(columns)
    .from(targets)
    .where(isNull(targets.removedAt))
    .orderBy(asc(targets.kind), asc(targets.name))

/** The application that was added first: what pages show to whom never chose another. */
export async function findFirstTarget(db: DbOrTx): Promise<Target | null> {
  const [target] = await db
    .select(columns)
    .from(targets)
    .where(and(isNull(targets.removedAt), eq(targets.kind, 'application')))
    .orderBy(asc(targets.createdAt), asc(targets.id))
    .limit(1)
  return target ?? null
}

/** The living target with this id. Throws AppError `target-not-found`. */
export async function getTarget(db: DbOrTx, targetId: string): Promise<Target> {
  const [target] = await db
    .select(columns)
    .from(targets)
    .where(and(eq(targets.id, targetId), isNull(targets.removedAt)))
  if (!target) throw notFound('target', targetId, listHint)
  return target
}

export async function findTargetByName(db: DbOrTx, name: string): Promise<Target | null> {
  const [target] = await db
    .select(columns)
    .from(targets)
    .where(and(eq(targets.name, name), isNull(targets.removedAt)))
  return target ?? null
}

/** The living target of this name. Throws AppError `target-not-found`. */
export async function getTargetByName(db: DbOrTx, name: string): Promise<Target> {
  const target = await findTargetByName(db, name)
  if (!target) throw notFound('target', name, listHint)
  return target
}

/** The place a credential is sealed for; it opens nowhere else. */
export const credentialPlace = (targetId: string, role: TargetRole): string =>
  `target_credentials|${targetId}|${role}`

/** The verbs refuse before; this is for whatever comes without one. Throws AppError `target-is-control`. */
async function assertWritable(db: DbOrTx, targetId: string): Promise<void> {
  const refusal = refuseControlTarget(await getTarget(db, targetId), 'nothing writes to it')
  if (refusal) unwrap(refusal)
}

/** The connection URL of a role, or of the owner where the role has none. Throws without the key ring. */
export async function getTargetUrl(ctx: Ctx, targetId: string, role: TargetRole): Promise<string> {
  if (!ctx.keys) {
    throw new AppError('key-not-here', 'This process may not open a target.', {
      hint: 'Targets are opened by the worker and the CLI only.',
    })
  }
  if (role === 'restore' || role === 'guard') await assertWritable(ctx.db, targetId)
  const rows = await ctx.db.select().from(targetCredentials).where(eq(targetCredentials.targetId, targetId))
  const row =
    rows.find((candidate) => candidate.role === role) ?? rows.find((candidate) => candidate.role === 'owner')
  if (!row) {
    const { name } = await getTarget(ctx.db, targetId)
    throw notFound(
      'credential',
      `${name}/${role}`,
      `Give it: holdfast targets credential ${name} owner --url …`,
    )
  }
  return ctx.keys.open(row.sealedUrl, credentialPlace(targetId, row.role))
}

export interface AppliedPolicy {
  version: number
  appliedAt: Date
  appliedBy: string
  document: Policy
}

/** The policy in force, or one version of it. Every target has one from the moment it is added. */
export async function getPolicy(db: DbOrTx, targetId: string, version?: number): Promise<AppliedPolicy> {
  const [row] = await db
    .select()
    .from(policies)
    .where(
      and(eq(policies.targetId, targetId), version === undefined ? undefined : eq(policies.version, version)),
    )
    .orderBy(desc(policies.version))
    .limit(1)
  if (!row) throw notFound('policy', targetId, 'Apply one with: holdfast policy apply NAME FILE')
  return {
    version: row.version,
    appliedAt: row.appliedAt,
    appliedBy: row.appliedBy,
    document: policySchema.parse(row.document),
  }
}

/** What the list of targets shows of each. */
export interface TargetSummary extends Target {
  tables: number
  status: 'reachable' | 'unreachable' | 'needs-credentials'
  statusAt: Date
  createdAt: Date
  policyVersion: number
}

export const listTargetSummaries = (db: DbOrTx): Promise<TargetSummary[]> =>
  db
    .select({
      ...columns,
      tables: targets.tableCount,
      status: targets.status,
      statusAt: targets.statusAt,
      createdAt: targets.createdAt,
      policyVersion: sql<number>`coalesce((select max(p.version) from ${policies} p where p.target_id = "targets"."id"), 0)`,
    })
    .from(targets)
    .where(isNull(targets.removedAt))
    .orderBy(asc(targets.kind), asc(targets.name))

/** A target's last preflight. Null when there was none. */
export async function findPreflight(
  db: DbOrTx,
  targetId: string,
): Promise<{ preflight: Preflight; at: Date } | null> {
  const [row] = await db
    .select({ preflight: targets.preflight, at: targets.preflightAt })
    .from(targets)
    .where(eq(targets.id, targetId))
  return row?.preflight && row.at ? { preflight: row.preflight as Preflight, at: row.at } : null
}

/** Every version of a target's policy, newest first, without the documents. */
export const listPolicyVersions = (
  db: DbOrTx,
  targetId: string,
): Promise<{ version: number; appliedAt: Date; appliedBy: string }[]> =>
  db
    .select({ version: policies.version, appliedAt: policies.appliedAt, appliedBy: policies.appliedBy })
    .from(policies)
    .where(eq(policies.targetId, targetId))
    .orderBy(desc(policies.version))

/** What a person's proof is bound to when they ask for a database on the page. */
export const requestPlace = (name: string): string => `targets:add:${name}`

/** What a person's proof is bound to when they remove a target. */
export const removalOf = (name: string): string => `targets:remove:${name}`

export interface TargetRequest {
  id: string
  name: string
  environment: string
  place: string
  status: 'queued' | 'added' | 'refused'
  refusal: { code: string; reason: string; hint: string | null } | null
  requestedBy: string
  createdAt: Date
}

/** What was asked for on the page in the last day, newest first. Never the URL. */
export const listTargetRequests = async (db: DbOrTx): Promise<TargetRequest[]> =>
  (await db
    .select({
      id: targetRequests.id,
      name: targetRequests.name,
      environment: targetRequests.environment,
      place: targetRequests.place,
      status: targetRequests.status,
      refusal: targetRequests.refusal,
      requestedBy: targetRequests.requestedBy,
      createdAt: targetRequests.createdAt,
    })
    .from(targetRequests)
    .where(sql`${targetRequests.createdAt} > now() - interval '1 day'`)
    .orderBy(desc(targetRequests.createdAt))
    .limit(10)) as TargetRequest[]
