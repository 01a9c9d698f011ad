import { z } from 'zod'
import { defineRead } from '#app/_web/read.ts'
import { wordsOfVerdict } from '#app/(console)/backups/kept-words.ts'
import { changeOfFacts } from '#lib/backups/archives/table-changes.ts'
import { listCopies } from '#lib/backups/list-backups-page.ts'
import { findGoodBefore, getBackup, listDrills } from '#lib/backups/queries.ts'
import { readRetention } from '#lib/backups/retention/read-retention.ts'
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
  unrestoredCount: facts.unrestored?.length ?? 0,
  extensions: facts.extensions ?? null,
  largeObjects: facts.largeObjects ?? null,
  roles: facts.globals?.roles.map(({ name }) => name) ?? null,
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
  topics: ['backups', 'drills', 'targets'],
  audience: 'role',
  input: z.object({ backupId: z.uuid() }),
  async read({ db, user }, { backupId }) {
    const { facts, ...backup } = await getBackup(db, backupId)
    const [target, policy, drills, before, copies, retention] = await Promise.all([
      getTarget(db, backup.targetId),
      getPolicy(db, backup.targetId),
      listDrills(db, { backupId, limit: shownDrills }),
      findGoodBefore(db, backup),
      listCopies(db, [backupId]),
      readRetention(db, backup.targetId, new Date()),
    ])
    const verdict = retention.verdicts.find((one) => one.backupId === backupId)
    return {
      role: user.role,
      target,
      backup: { ...backup, manifest: manifestOf({ facts, ...backup }) },
      copies: copies.get(backupId) ?? [],
      stores: policy.document.stores,
      facts: facts && summarize(facts),
      change: facts && changeOfFacts(facts, before?.facts ?? null),
      before: before && { id: before.id, takenAt: before.takenAt },
      kept: verdict ? wordsOfVerdict(verdict) : null,
      drills,
    }
  },
})
