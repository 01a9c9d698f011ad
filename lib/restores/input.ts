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

/** Rows by the values of their table's key, as text, in the key's order. */
const pickedRows = z.strictObject({
  table: tableText,
  keys: z
    .array(z.array(z.string().max(1_000)).min(1).max(32))
    .min(1)
    .max(1_000),
})

export const restoreRequestInput = z.strictObject({
  source: z.discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('snapshot'), backupId: z.uuid() }),
    z.strictObject({ kind: z.literal('archive'), backupId: z.uuid() }),
    journalSource,
    /** The rows of another target, as they are now: the chosen master of a repair. */
    z.strictObject({
      kind: z.literal('target'),
      targetId: z.uuid(),
      names: z.record(tableText, tableText).default({}),
      /** Columns that keep the target's own values, by the table's name there. */
      ignoredColumns: z.record(tableText, z.array(z.string().min(1).max(63)).min(1)).default({}),
    }),
    /** What an operation of before overwrote, deleted and made: its undo. */
    z.strictObject({ kind: z.literal('operation'), operationId: z.uuid() }),
  ]),
  /** Empty: every table that the source has. */
  tables: z.array(tableText).max(500).default([]),
  rows: z.enum(rowsModes).default('missing'),
  /** Copy: tables of their own beside the originals, which nothing touches. Place: the live tables. */
  into: z.enum(['copy', 'place']).default('copy'),
  /** Only these rows of their tables; tables that are not named here take no part. */
  picked: z.array(pickedRows).max(100).default([]),
  /** Only the rows of one organisation, found over the foreign keys from the policy's membership rule. */
  organization: z
    .strictObject({
      membership: z.string().min(1).max(63).nullable().default(null),
      key: z.string().min(1).max(300),
    })
    .nullable()
    .default(null),
  /** Only rows that a time column of theirs says were made or changed in this time. */
  changed: z.strictObject({ since: instant.optional(), until: instant.optional() }).nullable().default(null),
  /** Columns renamed since: table → live column → the source's column. */
  renamed: z.record(tableText, z.record(z.string().max(63), z.string().max(63))).default({}),
})

export type RestoreRequest = z.output<typeof restoreRequestInput>
export type RestoreSource = RestoreRequest['source']
export type JournalSource = Extract<RestoreSource, { kind: 'journal' }>
