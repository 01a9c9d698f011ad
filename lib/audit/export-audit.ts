import { z } from 'zod'
import { listAuditEntries } from '#lib/audit/queries.ts'
import type { AuditEntry } from '#lib/audit/types.ts'
import { formatCsv } from '#lib/format/csv.ts'
import { defineVerb } from '#lib/verb.ts'

const mostEntries = 100_000
const pageSize = 5000

export const auditFilterInput = z.strictObject({
  actor: z.string().max(200).optional(),
  action: z.string().max(200).optional(),
  outcome: z.enum(['done', 'refused', 'failed']).optional(),
  target: z.string().max(200).optional(),
  subject: z.string().max(200).optional(),
  people: z.boolean().optional(),
  from: z.coerce.date().optional(),
  until: z.coerce.date().optional(),
})

const exportInput = auditFilterInput.extend({
  format: z.enum(['jsonl', 'csv']).default('jsonl'),
  /** For the next part of an export that did not fit: the `before` it returned. */
  before: z.number().int().positive().optional(),
})

export interface AuditExport {
  fileName: string
  content: string
  entries: number
  /** Where the next part begins; null when this is all. */
  before: number | null
}

const columns = [
  'seq',
  'at',
  'actor',
  'action',
  'outcome',
  'subject',
  'target',
  'reason',
  'detail',
  'hash',
] as const

const write = (entries: AuditEntry[], format: 'jsonl' | 'csv'): string =>
  format === 'csv'
    ? formatCsv(
        columns,
        entries.map((entry) => columns.map((column) => entry[column])),
      )
    : entries.map((entry) => `${JSON.stringify(entry)}\n`).join('')

/** Returns the filtered entries as a document, newest first, and records who took it. Safe to repeat. */
export const exportAudit = defineVerb<z.output<typeof exportInput>, AuditExport>({
  action: 'audit.export',
  input: exportInput as z.ZodType<z.output<typeof exportInput>>,
  async act({ tx }, { format, before: start, ...filter }) {
    const entries: AuditEntry[] = []
    let before: number | null | undefined = start
    do {
      const page = await listAuditEntries(tx, { ...filter, before: before ?? undefined, limit: pageSize })
      entries.push(...page.entries)
      before = page.before
    } while (before !== null && entries.length < mostEntries)
    return {
      value: {
        fileName: `holdfast-audit-${entries[0]?.seq ?? 0}.${format}`,
        content: write(entries, format),
        entries: entries.length,
        before,
      },
      audit: { subject: 'audit', detail: { format, entries: entries.length, filter: { ...filter } } },
      changed: [],
    }
  },
})
