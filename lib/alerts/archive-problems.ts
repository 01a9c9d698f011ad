import { formatDistanceStrict } from 'date-fns/formatDistanceStrict'
import { safeVersion, weaknessesOf } from '#lib/servers/known-weaknesses.ts'
import type { AlertFacts, Judgement, Problem } from './types.ts'

const hourMs = 3_600_000

/** An archive is copied after it was taken; a store that is down for longer than this is more than a hiccup. */
const copiedWithinMs = 6 * hourMs
const downLongMs = hourMs
const deletedWithinMs = 24 * hourMs

const many = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`

/** What is wrong with the places that archives lie in, their copies, and the retention. */
export function judgeArchives(facts: AlertFacts): Judgement {
  const parts = [
    judgeStores(facts),
    judgeCopies(facts),
    judgeRetention(facts),
    judgeDumpTool(facts),
    judgeNeighbours(facts),
  ]
  return { problems: parts.flat(), unknown: [] }
}

function judgeStores({ stores, targetName, now }: AlertFacts): Problem[] {
  return stores
    .filter(({ status }) => status === 'unreachable')
    .map(({ name, since, message }) => ({
      fingerprint: `store:unreachable:${name}`,
      title: `The store ${name} cannot be reached`,
      details:
        `Since ${formatDistanceStrict(since, now)} nothing is known of the archives of ${targetName} in it. ${message ?? ''}`.trim(),
      remedy: `See why: holdfast stores check ${name}`,
      severity: now.getTime() - since.getTime() > downLongMs ? ('CRITICAL' as const) : ('WARNING' as const),
      seenAt: since,
    }))
}

function judgeCopies({ badCopies, newestArchive, stores, targetName, now }: AlertFacts): Problem[] {
  const problems: Problem[] = []
  for (const [store, copies] of Map.groupBy(badCopies, (copy) => copy.store)) {
    const [newest] = copies
    const missing = copies.filter(({ status }) => status === 'missing').length
    const what = [
      missing > 0 ? `${many(missing, 'copy').replace('copys', 'copies')} gone` : null,
      copies.length > missing ? `${copies.length - missing} damaged` : null,
    ].filter((part) => part !== null)
    problems.push({
      fingerprint: `copy:bad:${store}`,
      title: `Archives in the store ${store} are not what was written there`,
      details: `Of the archives of ${targetName}: ${what.join(', ')}.`,
      remedy: `See the newest: holdfast backups show ${newest!.backupId}`,
      severity: 'CRITICAL',
      seenAt: new Date(Math.max(...copies.map(({ seenAt }) => seenAt.getTime()))),
    })
  }
  if (
    newestArchive &&
    newestArchive.lacking.length > 0 &&
    now.getTime() - newestArchive.finishedAt.getTime() > copiedWithinMs
  ) {
    problems.push({
      fingerprint: 'copy:fewer',
      title: 'The newest archive has fewer good copies than the policy wants',
      details: `The newest archive of ${targetName} has no good copy in ${newestArchive.lacking.join(', ')}; the policy names ${many(Math.max(stores.length, newestArchive.lacking.length), 'store')}.`,
      remedy: `See where it is and why: holdfast backups show ${newestArchive.id}`,
      severity: 'WARNING',
      seenAt: newestArchive.finishedAt,
    })
  }
  return problems
}

function judgeRetention({ freezes, pendingDeletions, targetName, now }: AlertFacts): Problem[] {
  const problems: Problem[] = []
  if (freezes.length > 0) {
    problems.push({
      fingerprint: 'retention:frozen',
      title: 'Retention is frozen',
      details: `No backup of ${targetName} expires until a person has looked: ${freezes.map(({ reason }) => reason).join(' ')}`,
      remedy: `When it is dealt with: holdfast backups unfreeze ${targetName} --reason "…"`,
      severity: 'WARNING',
      seenAt: freezes.at(-1)!.frozenAt,
    })
  }
  // While it is frozen nothing is deleted on purpose.
  const late = pendingDeletions.filter(
    ({ since }) => freezes.length === 0 && since && now.getTime() - since.getTime() > deletedWithinMs,
  )
  if (late.length > 0) {
    const { since, message } = late[0]!
    problems.push({
      fingerprint: 'retention:pending',
      title: late.length === 1 ? 'A deletion does not succeed' : `${late.length} deletions do not succeed`,
      details:
        `Expired backups of ${targetName} could not be deleted for ${formatDistanceStrict(since!, now)}; it is tried again. ${message ?? ''}`.trim(),
      remedy: `See them: holdfast backups retention ${targetName}`,
      severity: 'WARNING',
      seenAt: since!,
    })
  }
  return problems
}

function judgeDumpTool({ newestArchive, targetName }: AlertFacts): Problem[] {
  if (!newestArchive?.pgDumpVersion) return []
  const weaknesses = weaknessesOf(newestArchive.pgDumpVersion)
  if (weaknesses.length === 0) return []
  const safe = safeVersion(newestArchive.pgDumpVersion)
  return [
    {
      fingerprint: 'tools:vulnerable',
      title: `pg_dump ${newestArchive.pgDumpVersion} has known weaknesses`,
      details: `The newest archive of ${targetName} was made with it. ${weaknesses.join(' ')}`,
      remedy: safe
        ? `Install PostgreSQL's client programs ${safe} or newer.`
        : 'Install a newer major of PostgreSQL’s client programs.',
      severity: 'WARNING',
      seenAt: newestArchive.finishedAt,
    },
  ]
}

/** To be known and not to be woken for: whether it matters, only people know. */
function judgeNeighbours({ unprotected, targetName }: AlertFacts): Problem[] {
  if (!unprotected || unprotected.names.length === 0) return []
  const { names, surveyedAt } = unprotected
  return [
    {
      fingerprint: 'database:unprotected',
      title: `${names.length === 1 ? 'A database' : `${names.length} databases`} on this server ${names.length === 1 ? 'is' : 'are'} not protected`,
      details: `Beside ${targetName} the server has ${names.slice(0, 10).join(', ')}${names.length > 10 ? ', …' : ''}. Nobody archives or watches what is in there.`,
      remedy: `Protect it: holdfast targets add NAME --url URL. Or name it under ignoredDatabases: holdfast policy apply ${targetName} FILE`,
      severity: 'INFO',
      seenAt: surveyedAt,
    },
  ]
}
