import { z } from 'zod'
import { rowsModes } from '#lib/rows/types.ts'
import { parseTable } from '#lib/sql/identifier.ts'

const tableText = z
  .string()
  .min(1)
  .max(260)
  .refine((text) => parseTable(text) !== null, 'not a table name; write schema.table, quoted where needed')

const instant = z.iso.datetime({ offset: true })

export const restoreRequestInput = z.strictObject({
  source: z.discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('snapshot'), backupId: z.uuid() }),
    z.strictObject({ kind: z.literal('archive'), backupId: z.uuid() }),
    z.strictObject({
      kind: z.literal('journal'),
      /** Rows deleted from then on. */
      since: instant,
      /** The end of the time; fixed by the request, so that later deletions do not change the plan. */
      until: instant.optional().transform((until) => until ?? new Date().toISOString()),
    }),
  ]),
  /** Empty: every table that the source has. */
  tables: z.array(tableText).max(500).default([]),
  rows: z.enum(rowsModes).default('missing'),
  into: z.literal('place', { error: 'rows can only be put back in place so far' }).default('place'),
})

export type RestoreRequest = z.output<typeof restoreRequestInput>
export type RestoreSource = RestoreRequest['source']
