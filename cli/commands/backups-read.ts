import type { Command } from 'commander'
import { addCommand, type CommandResult, type Door } from '#cli/command.ts'
import { paintState, table } from '#cli/output.ts'
import { changeOfFacts } from '#lib/backups/archives/table-changes.ts'
import { type ListedCopy, listCopies } from '#lib/backups/list-backups-page.ts'
import { findGoodBefore, getBackup, listBackups } from '#lib/backups/queries.ts'
import { readRetention } from '#lib/backups/retention/read-retention.ts'
import { keptInWords, type RetentionVerdict } from '#lib/backups/retention/retention.ts'
import type { Backup, BackupDetails, BackupKind } from '#lib/backups/types.ts'
import { AppError } from '#lib/errors.ts'
import { formatBytes } from '#lib/format/format-bytes.ts'
import { countOf, formatChange } from '#lib/format/format-count.ts'
import { formatTable } from '#lib/sql/identifier.ts'
import { getTargetByName } from '#lib/targets/queries.ts'

const copyOf = ({ store, status, verification, verifiedAt, sizeBytes, error }: ListedCopy) => ({
  store,
  status,
  verification,
  verifiedAt,
  sizeBytes,
  error,
})

const summary = (backup: Backup, copies: readonly ListedCopy[], verdict: RetentionVerdict | undefined) => ({
  id: backup.id,
  target: backup.targetName,
  kind: backup.kind,
  purpose: backup.purpose,
  origin: backup.origin,
  status: backup.status,
  verification: backup.verification,
  verifiedAt: backup.verifiedAt,
  takenAt: backup.takenAt,
  durationMs: backup.durationMs,
  sizeBytes: backup.sizeBytes,
  tables: backup.tables,
  rows: backup.rows,
  location: backup.location,
  copies: copies.map(copyOf),
  requestedBy: backup.requestedBy,
  expiresAt: backup.expiresAt,
  held: backup.heldAt && { at: backup.heldAt, by: backup.heldBy, reason: backup.holdReason },
  keptBecause: verdict?.keptBecause ?? [],
  error: backup.error,
})

interface Shown {
  backup: BackupDetails
  copies: ListedCopy[]
  verdict: RetentionVerdict | undefined
  before: Awaited<ReturnType<typeof findGoodBefore>>
}

async function readBackup({ ctx }: Door, backupId: string): Promise<Shown> {
  const backup = await getBackup(ctx.db, backupId)
  const { verdicts } = await readRetention(ctx.db, backup.targetId, new Date())
  return {
    backup,
    copies: (await listCopies(ctx.db, [backup.id])).get(backup.id) ?? [],
    verdict: verdicts.find((one) => one.backupId === backup.id),
    before: await findGoodBefore(ctx.db, backup),
  }
}

function details({ backup, copies, verdict, before }: Shown) {
  const { facts } = backup
  const change = facts && before ? changeOfFacts(facts, before.facts) : null
  return {
    ...summary(backup, copies, verdict),
    facts: facts && {
      takenAt: facts.takenAt,
      schemaFingerprint: facts.schemaFingerprint,
      tables: facts.tables.map((one) => ({
        table: formatTable(one),
        rows: one.rows,
        checksum: one.checksum,
      })),
      sequences: facts.sequences.map((one) => ({
        sequence: formatTable(one),
        lastValue: one.lastValue,
        isCalled: one.isCalled,
      })),
      extensions: facts.extensions ?? null,
      largeObjects: facts.largeObjects ?? null,
      notCovered: facts.notCovered,
    },
    against: change && {
      backup: before!.id,
      rowsBefore: change.rowsBefore,
      schemaChanged: change.schemaChanged,
      gone: change.gone,
    },
  }
}

function tellFacts({ backup: { facts }, before }: Shown): string[] {
  if (!facts) return []
  const change = changeOfFacts(facts, before?.facts ?? null)
  const against = (rows: number, rowsBefore: number | null) =>
    rowsBefore === null ? null : formatChange(rows - rowsBefore)
  return [
    '',
    ...(before
      ? [
          `${formatChange(change.rows - (change.rowsBefore ?? 0))} rows against ${before.id}, the good one before; the schema ${change.schemaChanged ? 'changed' : 'is the same'}.`,
        ]
      : []),
    table(
      ['table', 'rows', 'against the one before', 'checksum'],
      change.tables.map((one) => [
        one.table,
        one.rows,
        one.change === 'new' ? 'new' : against(one.rows, one.rowsBefore),
        one.checksum,
      ]),
    ),
    ...change.gone.map(({ table: gone, rows }) => `gone since: ${gone} (${countOf(rows, 'row')})`),
    ...facts.notCovered.map(({ name, reason }) => `not covered: ${name} (${reason})`),
  ]
}

function tell(shown: Shown): string {
  const { backup, copies, verdict } = shown
  return [
    `${backup.kind} ${backup.id} of ${backup.targetName}: ${paintState(backup.status)}, ` +
      `verification ${backup.verification ?? 'none'}`,
    `taken ${backup.takenAt?.toISOString() ?? 'never'}, ${formatBytes(backup.sizeBytes)}, in ${backup.location ?? 'no place'}`,
    ...(backup.heldAt ? [`held by ${backup.heldBy}: ${backup.holdReason}`] : []),
    ...(verdict && verdict.keptBecause.length > 0
      ? [`kept because: ${keptInWords(verdict.keptBecause)}`]
      : []),
    ...(backup.error
      ? [`${backup.error.message}${backup.error.hint ? `\n→ ${backup.error.hint}` : ''}`]
      : []),
    ...(copies.length > 0
      ? [
          '',
          table(
            ['store', 'copy', 'verification', 'looked at', 'size', 'error'],
            copies.map((one) => [
              one.store,
              paintState(one.status),
              one.verification,
              one.verifiedAt?.toISOString(),
              formatBytes(one.sizeBytes),
              one.error?.message,
            ]),
          ),
        ]
      : []),
    ...tellFacts(shown),
  ].join('\n')
}

/** A backup with its facts and copies; exits 1 for a failed one, 3 for any other that is not good. */
export async function showBackup(door: Door, backupId: string): Promise<CommandResult> {
  const shown = await readBackup(door, backupId)
  const { status } = shown.backup
  const exit = status === 'good' ? 0 : status === 'failed' ? 1 : 3
  return { json: details(shown), text: tell(shown), exit }
}

const placesOf = (backup: Backup, copies: readonly ListedCopy[]): string =>
  backup.kind === 'snapshot'
    ? 'in the target'
    : copies
        .map(
          ({ store, status, verification }) =>
            `${store}: ${status === 'good' ? (verification ?? 'not verified') : status}`,
        )
        .join(', ')

function limitOf(text: unknown): number {
  const limit = Number(text)
  if (Number.isInteger(limit) && limit > 0) return limit
  throw new AppError('usage', `--limit takes a whole number above zero, not “${String(text)}”.`, {
    kind: 'invalid',
  })
}

/** `backups list|show`: added to `backups`. */
export function addReadCommands(backups: Command): void {
  addCommand(backups, {
    usage: 'list <target>',
    about: 'what there is to go back to, newest first, with the level of each copy and why it is kept',
    options: [
      ['--kind <kind>', 'only snapshots, or only archives'],
      ['--limit <n>', 'at most so many', '200'],
    ],
    async run({ ctx }, [name], options) {
      const target = await getTargetByName(ctx.db, name!)
      const kind = options.kind as BackupKind | undefined
      if (kind !== undefined && kind !== 'snapshot' && kind !== 'archive') {
        throw new AppError('usage', '--kind takes snapshot or archive.', { kind: 'invalid' })
      }
      const all = await listBackups(ctx.db, {
        targetId: target.id,
        limit: limitOf(options.limit),
        ...(kind ? { kind } : {}),
      })
      const copies = await listCopies(
        ctx.db,
        all.map(({ id }) => id),
      )
      const { verdicts } = await readRetention(ctx.db, target.id, new Date())
      const verdictOf = new Map(verdicts.map((verdict) => [verdict.backupId, verdict]))
      const kept = (backup: Backup): string | null => {
        const verdict = verdictOf.get(backup.id)
        if (!verdict) return null
        const [lead = 'days', ...more] = verdict.keptBecause.filter((reason) => reason !== 'days')
        if (verdict.expires) return 'goes next'
        return `${keptInWords([lead])}${more.length > 0 ? ` +${more.length}` : ''}`
      }
      return {
        json: { backups: all.map((one) => summary(one, copies.get(one.id) ?? [], verdictOf.get(one.id))) },
        text:
          all.length === 0
            ? `There is no backup of ${target.name}. Take one: holdfast backups take ${target.name} --kind archive`
            : table(
                ['id', 'kind', 'taken', 'status', 'verification', 'copies', 'rows', 'size', 'kept', 'error'],
                all.map((one) => [
                  one.id,
                  one.origin === 'foreign' ? `${one.kind} of others` : one.kind,
                  one.takenAt?.toISOString(),
                  paintState(one.status),
                  one.verification,
                  placesOf(one, copies.get(one.id) ?? []),
                  one.rows,
                  formatBytes(one.sizeBytes),
                  kept(one),
                  one.error?.message,
                ]),
              ),
      }
    },
  })

  addCommand(backups, {
    usage: 'show <id>',
    about: 'one backup with its copies, its facts per table, and what changed since the good one before',
    async run(door, [id]) {
      const shown = await showBackup(door, id!)
      return { ...shown, exit: 0 }
    },
  })
}
