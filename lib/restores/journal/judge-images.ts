import { AppError } from '#lib/errors.ts'
import type { JournalAct } from '#lib/guards/journal-acts.ts'
import type { JournalTable } from '#lib/guards/journal-tables.ts'
import type { JournalSource } from '#lib/restores/input.ts'
import { type JournaledWork, totalOf } from '#lib/restores/journal/read-journal.ts'
import { formatTable } from '#lib/sql/identifier.ts'

/** How many images a plan was computed from; a run with fewer is refused. */
export interface KeptImages {
  table: string
  deleted: number
  overwritten: number
}

export interface FoundImages {
  journal: JournalTable
  work: JournaledWork[]
  images: Record<JournalAct, number>
}

const rowsText = (rows: number): string => (rows === 1 ? '1 row' : `${rows.toLocaleString('en')} rows`)

const elsewhere = 'Restore them from a snapshot or an archive from before it (Restore recommends one).'

/**
 * Compares the images of a range with what its statements counted when they ran: the difference was never kept, or is
 * pruned by now. Throws AppError `journal-incomplete` when no image is left at all. Pure.
 */
export function judgeImages(
  source: JournalSource,
  touched: readonly JournaledWork[],
  found: readonly FoundImages[],
): { warnings: string[]; kept: KeptImages[] } {
  const warnings: string[] = []
  const kept = found.map(({ journal, images }) => ({
    table: formatTable(journal.table),
    deleted: images.delete,
    overwritten: images.update,
  }))
  for (const table of new Set(touched.map((one) => one.table))) {
    const work = touched.filter((one) => one.table === table)
    const images = found.find((one) => one.work.some((each) => each.table === table))?.images
    const deleted = totalOf(work, 'delete', 'rows')
    const lost = deleted - (images?.delete ?? 0)
    if (lost > 0) {
      const unkept = totalOf(work, 'delete', 'unkeptRows')
      const problem = work.find((one) => one.problem !== null)?.problem
      const why = !images
        ? 'this table is only counted, not journaled'
        : unkept > 0
          ? `their images could not be kept: ${problem}`
          : 'their images are older than what the journal keeps'
      warnings.push(
        `${rowsText(lost)} of the ${rowsText(deleted)} deleted from ${table} ${lost === 1 ? 'is' : 'are'} not in the journal (${why}). ${elsewhere}`,
      )
    }
    const overwritten = totalOf(work, 'update', 'rows')
    const silent = overwritten - (images?.update ?? 0)
    if (silent > 0)
      warnings.push(
        `${rowsText(silent)} of the ${rowsText(overwritten)} overwritten in ${table} ${silent === 1 ? 'has' : 'have'} no image: the policy keeps them where a table’s journal is “overwritten”. ${elsewhere}`,
      )
  }
  const left = found.reduce((sum, { images }) => sum + images.delete + images.update, 0)
  const deletes = totalOf(touched, 'delete', 'rows')
  if (left === 0 && (deletes > 0 || (source.transactionIds !== undefined && touched.length > 0)))
    throw new AppError('journal-incomplete', `No image of this is in the journal. ${warnings.join(' ')}`, {
      kind: 'refused',
      hint: 'See which copies there are: holdfast backups list NAME',
    })
  return { warnings, kept }
}

/**
 * Refuses a run that has fewer images than its plan had: they were pruned meanwhile.
 * Throws AppError `plan-stale`. Pure.
 */
export function assertImagesKept(planned: readonly KeptImages[], now: readonly KeptImages[]): void {
  for (const was of planned) {
    const is = now.find(({ table }) => table === was.table)
    const gone = was.deleted + was.overwritten - (is ? is.deleted + is.overwritten : 0)
    if (gone > 0)
      throw new AppError(
        'plan-stale',
        `${rowsText(gone)} of ${was.table} that the approved plan puts back ${gone === 1 ? 'is' : 'are'} no longer in the journal.`,
        {
          kind: 'refused',
          hint: 'Nothing was written. The journal forgot what was older than it keeps; restore from a snapshot or an archive.',
        },
      )
  }
}
