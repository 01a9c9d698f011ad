/** Something about a target's backups that makes deleting old ones unwise until a person has looked. */
export interface Anomaly {
  /** `backup:<id>`, `drill:<id>`, `copy:<id>`, `store:<id>` */
  subject: string
  reason: string
  /** When the evidence was made: a clearance that came later has seen it. */
  seenAt: Date
}

/** What anomalies are judged from. */
export interface BackupEvidence {
  /** The newest finished backup of each kind. */
  newest: { id: string; kind: string; status: string; code: string | null; finishedAt: Date }[]
  /** Finished archives that were found damaged afterwards. */
  damaged: { id: string; seenAt: Date }[]
  /** The newest drill that passed or failed. */
  drill: { id: string; verdict: string; finishedAt: Date } | null
  badCopies: { id: string; status: string; storeName: string; seenAt: Date }[]
  unreachable: { id: string; name: string; since: Date }[]
}

/** A network that hiccups is no anomaly; nothing goes in the meantime either. */
const toleratedMs = 15 * 60_000

/** Ends that say nothing about the database or the store: a person cancelled, a worker was told to stop or died. */
const ownEnds = ['cancelled', 'released', 'lease-lost', 'worker-died', 'gave-up', 'nothing-protected']

const fullStore = ['disk-full', 'store-full']

/** What is wrong enough to stop the retention of a target. Pure. */
export function listAnomalies(evidence: BackupEvidence, now: Date): Anomaly[] {
  const found: Anomaly[] = []
  for (const { id, kind, status, code, finishedAt } of evidence.newest) {
    const add = (reason: string) => found.push({ subject: `backup:${id}`, reason, seenAt: finishedAt })
    if (status === 'suspicious') add(`The newest ${kind} is suspicious.`)
    else if (status === 'failed' && fullStore.includes(code ?? ''))
      add(`There was no room for the newest ${kind}.`)
    else if (status === 'failed' && !ownEnds.includes(code ?? '')) add(`The newest ${kind} failed.`)
  }
  for (const { id, seenAt } of evidence.damaged) {
    found.push({ subject: `backup:${id}`, reason: 'An archive is damaged.', seenAt })
  }
  if (evidence.drill?.verdict === 'failed') {
    const { id, finishedAt } = evidence.drill
    found.push({ subject: `drill:${id}`, reason: 'The last drill failed.', seenAt: finishedAt })
  }
  for (const { id, status, storeName, seenAt } of evidence.badCopies) {
    found.push({ subject: `copy:${id}`, reason: `A copy in the store ${storeName} is ${status}.`, seenAt })
  }
  for (const { id, name, since } of evidence.unreachable) {
    if (now.getTime() - since.getTime() < toleratedMs) continue
    found.push({ subject: `store:${id}`, reason: `The store ${name} cannot be reached.`, seenAt: since })
  }
  return found
}

const isSame = (a: { subject: string; reason: string }, b: { subject: string; reason: string }): boolean =>
  a.subject === b.subject || a.reason === b.reason

/** The anomalies that no open freeze speaks of, and that came after a person last cleared one of their kind. Pure. */
export const newAnomalies = (
  anomalies: readonly Anomaly[],
  freezes: readonly { subject: string; reason: string; clearedAt: Date | null }[],
): Anomaly[] =>
  anomalies.filter(
    (anomaly, index) =>
      !freezes.some(
        (freeze) =>
          isSame(freeze, anomaly) && (freeze.clearedAt === null || freeze.clearedAt >= anomaly.seenAt),
      ) && !anomalies.slice(0, index).some((other) => isSame(other, anomaly)),
  )
