import { readFileSync } from 'node:fs'
import type { CatalogueTarget } from '#lib/backups/copies/store-catalogue.ts'
import { AppError, messageOf } from '#lib/errors.ts'
import { type ArchivePlace, withProvenArchive } from '#lib/recovery/archive-evidence.ts'
import { listTables } from '#lib/targets/introspect.ts'
import { type Policy, policySchema } from '#lib/targets/policy.ts'
import { suggestPolicy } from '#lib/targets/suggest-policy.ts'

export interface RescuePolicy {
  policy: Policy
  /** Where the membership rule is from. A suggested one was decided by nobody. */
  from: 'file' | 'archive' | 'suggested'
}

function readFile(path: string): Policy {
  let document: unknown
  try {
    document = JSON.parse(readFileSync(path, 'utf8'))
  } catch (cause) {
    throw new AppError('policy-unreadable', `${path} cannot be read as JSON: ${messageOf(cause)}`, {
      kind: 'invalid',
    })
  }
  const parsed = policySchema.safeParse(document)
  if (parsed.success) return parsed.data
  const issue = parsed.error.issues[0]!
  throw new AppError('policy-invalid', `${path}: ${issue.path.join('.')}: ${issue.message}`, {
    kind: 'invalid',
  })
}

/**
 * Who is a member of what, without a control database: as a file says, as the policy says that the newest archive carries in
 * its signed manifest, else guessed from a restored archive, where the rows that bear the guess out still are.
 */
export async function readRescuePolicy(
  place: ArchivePlace,
  target: CatalogueTarget,
  file: string | null,
): Promise<RescuePolicy> {
  if (file) return { policy: readFile(file), from: 'file' }
  const carried = policySchema.safeParse(target.policy)
  if (carried.success && carried.data.memberships.length > 0) return { policy: carried.data, from: 'archive' }
  const [newest] = target.archives
  if (!newest)
    throw new AppError('no-archive', `The store holds no archive of ${target.name}.`, { kind: 'refused' })
  const policy = await withProvenArchive(place, newest, async (sql) =>
    suggestPolicy(sql, await listTables(sql)),
  )
  if (policy.memberships.length > 0) return { policy, from: 'suggested' }
  throw new AppError(
    'no-membership-rule',
    'Neither the archive’s policy nor its schema says who is a member of what.',
    { kind: 'refused', hint: 'Give a policy with a membership rule: --policy FILE' },
  )
}
