import { z } from 'zod'
import { journalActs } from '#lib/guards/journal-acts.ts'
import { rowsModes } from '#lib/rows/types.ts'
import { parseTable } from '#lib/sql/identifier.ts'

const tableText = z
  .string()
  .min(1)
  .max(260)
  .refine((text) => parseTable(text) !== null, 'not a table name; write schema.table, quoted where needed')

const instant = z.iso.datetime({ offset: true })

const journalSource = z
  .strictObject({
    kind: z.literal('journal'),
    /** Undoes these transactions alone, also those of an approved operation. */
    transactionIds: z
      .array(
        z.string().regex(/^\d{1,19}$/, 'not a transaction id; list them with: holdfast guards let-go NAME'),
      )
      .min(1)
      .max(1_000)
      .optional(),
    /** Rows deleted or overwritten from then on. */
    since: instant.optional(),
    /** The end of the time; fixed by the request, so that what happens later does not change the plan. */
    until: instant.optional().transform((until) => until ?? new Date().toISOString()),
    /** Only what was deleted, or only what was overwritten. Left out: both. */
    act: z.enum(journalActs).optional(),
  })
  .refine(({ transactionIds, since }) => transactionIds !== undefined || since !== undefined, {
    error: 'say which transaction, or since when',
    path: ['since'],
  })
  .refine(({ since, until }) => since === undefined || new Date(since) <= new Date(until), {
    error: 'ends before it begins',
    path: ['until'],
  })

export const restoreRequestInput = z.strictObject({
  source: z.discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('snapshot'), backupId: z.uuid() }),
    z.strictObject({ kind: z.literal('archive'), backupId: z.uuid() }),
    journalSource,
  ]),
  /** Empty: every table that the source has. */
  tables: z.array(tableText).max(500).default([]),
  rows: z.enum(rowsModes).default('missing'),
  into: z.literal('place', { error: 'rows can only be put back in place so far' }).default('place'),
})

export type RestoreRequest = z.output<typeof restoreRequestInput>
export type RestoreSource = RestoreRequest['source']
export type JournalSource = Extract<RestoreSource, { kind: 'journal' }>
