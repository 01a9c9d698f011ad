import { z } from 'zod'
import { defineRead } from '#app/_web/read.ts'
import { readNow } from '#app/(console)/backups/queries.ts'
import { listCopies } from '#lib/backups/list-backups-page.ts'
import { findGoodBefore, getBackup, listDrills } from '#lib/backups/queries.ts'
import { changeOfFacts } from '#lib/backups/table-changes.ts'
import type { ArchiveManifest, BackupDetails, SnapshotManifest } from '#lib/backups/types.ts'
import type { Facts } from '#lib/facts/types.ts'
import { formatTable } from '#lib/sql/identifier.ts'
import { getPolicy, getTarget } from '#lib/targets/queries.ts'

const shownDrills = 30
const shownSequences = 200

/** What the page says of the facts besides its tables; without definitions, which can be megabytes. */
const summarize = (facts: Facts) => ({
  takenAt: facts.takenAt,
  schemaFingerprint: facts.schemaFingerprint,
  sequenceCount: facts.sequences.length,
  sequences: facts.sequences.slice(0, shownSequences).map((one) => ({
    sequence: formatTable(one),
    lastValue: one.lastValue,
    isCalled: one.isCalled,
  })),
  constraintCount: facts.constraints.length,
  notValidated: facts.constraints
    .filter(({ validated }) => !validated)
    .map(({ table, name }) => `${formatTable(table)}: ${name}`),
  definitionCount: facts.definitions.length,
  notCovered: facts.notCovered,
})

/** The manifest without what is only there for rebuilding. */
function manifestOf({ manifest }: BackupDetails): ArchiveManifest | SnapshotManifest | null {
  if (!manifest || 'schema' in manifest) return manifest
  const { policy, ...shown } = manifest
  return { ...shown, sequencesUpTo: [] }
}

export const backupRead = defineRead({
  name: 'backup',
  topics: ['backups', 'drills', 'jobs', 'targets'],
  input: z.object({ backupId: z.uuid() }),
  async read({ db, user }, { backupId }) {
    const { facts, ...backup } = await getBackup(db, backupId)
    const [target, policy, drills, before, copies, now] = await Promise.all([
      getTarget(db, backup.targetId),
      getPolicy(db, backup.targetId),
      listDrills(db, { backupId, limit: shownDrills }),
      findGoodBefore(db, backup),
      listCopies(db, [backupId]),
      readNow(db, backup.targetId),
    ])
    return {
      role: user.role,
      target,
      backup: { ...backup, manifest: manifestOf({ facts, ...backup }) },
      copies: copies.get(backupId) ?? [],
      stores: policy.document.stores,
      facts: facts && summarize(facts),
      change: facts && changeOfFacts(facts, before?.facts ?? null),
      before: before && { id: before.id, takenAt: before.takenAt },
      drills,
      now: { ...now, work: now.work.filter((one) => one.backupId === backupId) },
    }
  },
})
