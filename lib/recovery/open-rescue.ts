import { AppError } from '#lib/errors.ts'
import type { KeyRing } from '#lib/keys.ts'
import { type ArchivePlace, ofStoredArchive } from '#lib/recovery/archive-evidence.ts'
import { chooseStoreTarget } from '#lib/recovery/choose-store-target.ts'
import type { EvidenceBook, SearchScope } from '#lib/recovery/evidence.ts'
import { listFoundSnapshots } from '#lib/recovery/found-snapshots.ts'
import { type RecoveryRequest, recoveryRequestInput } from '#lib/recovery/input.ts'
import { chooseRule, type Membership, openMembership } from '#lib/recovery/membership-rows.ts'
import { type RescuePolicy, readRescuePolicy } from '#lib/recovery/read-rescue-policy.ts'
import type { RestoreProgress } from '#lib/restores/from-store/restore-into-empty.ts'
import { firstAnswer } from '#lib/targets/explain-connection-error.ts'
import { identifyTarget } from '#lib/targets/identify-target.ts'
import { listTables } from '#lib/targets/introspect.ts'
import { connectToUrl } from '#lib/targets/open-target.ts'
import { parseTargetUrl } from '#lib/targets/target-url.ts'

const mostArchives = 4
const weekMs = 7 * 86_400_000

export interface OpenRescue {
  scope: SearchScope
  session: { sql: SearchScope['sql']; keys: KeyRing; serverVersionNumber: number; progress: RestoreProgress }
  keys: KeyRing
  membership: Membership
  policyFrom: RescuePolicy['from']
  book: EvidenceBook
  database: string
  /** `host:port/database`, for the record. */
  place: string
  problems: string[]
  requestFor(users: RecoveryRequest['users']): RecoveryRequest
}

export interface RescueOptions {
  url: string
  targetName: string | null
  policyFile: string | null
  membership: string | null
  since: string | null
  includeRemoved: boolean
}

function parseRequest(input: unknown): RecoveryRequest {
  const parsed = recoveryRequestInput.safeParse(input)
  if (parsed.success) return parsed.data
  const issue = parsed.error.issues[0]!
  throw new AppError('invalid-input', `${issue.path.join('.')}: ${issue.message}`, { kind: 'invalid' })
}

/**
 * Opens a database and what a store, the database itself and the key tell of it, for the duration of `work`; there is no
 * control database. Throws AppError `target-ambiguous`, `target-standby`, `no-membership-rule`, `archive-*`, …
 */
export async function openRescue<T>(
  place: ArchivePlace,
  options: RescueOptions,
  work: (opened: OpenRescue) => Promise<T>,
): Promise<T> {
  const { progress, keys, store } = place
  const address = parseTargetUrl(options.url)
  if (!address.ok)
    throw new AppError('url-malformed', address.refusal.reason, {
      kind: 'invalid',
      ...(address.refusal.hint ? { hint: address.refusal.hint } : {}),
    })
  const { host, port, database } = address.value
  const sql = connectToUrl(options.url, 'restore', { purpose: 'rescue' })
  try {
    progress.phase('look at the database')
    const identity = await firstAnswer(identifyTarget(sql), `${host}:${port}/${database}`)
    if (identity.isStandby)
      throw new AppError('target-standby', 'This server is a standby; it takes no writes.', {
        kind: 'refused',
        hint: 'Give the URL of the primary.',
      })
    progress.phase('read manifests')
    const { target, isSame } = await chooseStoreTarget(
      { store, keys, signal: progress.signal },
      identity,
      options.targetName,
    )
    const { policy, from } = await readRescuePolicy(place, target, options.policyFile)
    const rule = chooseRule(policy, options.membership, target.name)
    const request = parseRequest({
      users: 'all',
      membership: rule.name,
      since: options.since,
      includeRemoved: options.includeRemoved,
    })
    const until = new Date()
    const scope: SearchScope = {
      sql,
      signal: progress.signal,
      phase: (name, total) => progress.phase(name, total),
    }
    const snapshots = await listFoundSnapshots(scope, until)
    const archives = [...target.archives].sort((a, b) => b.takenAt.getTime() - a.takenAt.getTime())
    return await work({
      scope,
      session: { sql, keys, serverVersionNumber: identity.serverVersionNumber, progress },
      keys,
      membership: openMembership(rule, await listTables(sql)),
      policyFrom: from,
      book: {
        quick: snapshots.evidence,
        slow: archives.slice(0, mostArchives).map((archive) => ofStoredArchive(place, scope, archive)),
        slowFor: 'each',
        until,
        lostSince: options.since ? new Date(options.since) : new Date(until.getTime() - weekMs),
        includeRemoved: options.includeRemoved,
      },
      database: identity.databaseName,
      place: `${host}:${port}/${identity.databaseName}`,
      problems: [
        ...snapshots.problems,
        ...(snapshots.evidence.length > 0
          ? ['Nothing proves the snapshots in the target: their facts were in the control database.']
          : []),
        ...(isSame
          ? []
          : [
              `The archives are of ${target.name}, by your word: the database does not say that it is that one.`,
            ]),
      ],
      requestFor: (users) => ({ ...request, users }),
    })
  } finally {
    await sql.end({ timeout: 5 })
  }
}
