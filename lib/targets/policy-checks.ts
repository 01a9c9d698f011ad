import { z } from 'zod'
import { columnName, conditions, entryName, roleName, tableText } from '#lib/targets/policy-words.ts'

// The parts of a policy that say what health looks at, beside the memberships.

const rowCount = z.strictObject({
  table: tableText,
  minimumRows: z.number().int().nonnegative().default(1),
  /** Alert when rows fall by more than this against the highest count of the last day. */
  dropPercent: z.number().min(0).max(100).default(5),
  /** Alert when rows grow by more than this against what is usual. Not given: the policy's `counting.growthPercent`. */
  growthPercent: z.number().positive().max(100_000).optional(),
  /** How to count. Not given: exactly where the table is protected or small, by estimate where it is not. */
  count: z.enum(['exact', 'estimate']).optional(),
})

const counting = z.strictObject({
  /** An unprotected table larger than this is estimated instead of counted. */
  estimateAboveMegabytes: z.number().positive().default(256),
  /** A table that grew by more than this within a day, or above what is usual, was probably loaded twice. */
  growthPercent: z.number().positive().max(100_000).default(90),
})

/** A foreign key that the schema does not declare, or a declared one of which the policy asks for more. */
const reference = z.strictObject({
  table: tableText,
  columns: z.array(columnName).min(1),
  references: tableText,
  referencedColumns: z.array(columnName).min(1),
  where: conditions.default({}),
  /** Whether every row must refer to something: one that refers to nothing, which a key lets pass, is an orphan too. */
  required: z.boolean().default(false),
  /** Whether the guards refuse to take away what other rows still refer to. */
  orphaning: z.enum(['refuse', 'off']).default('refuse'),
})

const codePattern = z.strictObject({
  name: entryName,
  table: tableText,
  column: columnName,
  /** POSIX regular expressions; a value must match one of them whole. */
  patterns: z.record(entryName, z.string().min(1).max(10_000)),
  allowNull: z.boolean().default(true),
})

const rowSecurity = z.strictObject({
  /** Tables that must have row-level security switched on and at least one policy. */
  tables: z.array(tableText).default([]),
  /** Whether row-level security has to hold for the owners of these tables too. */
  forced: z.boolean().default(false),
  /** Roles that strangers act as: what they may do without a policy in between is a finding. */
  exposedRoles: z.array(roleName).default([]),
  /** Tables that everybody may read on purpose. Writing stays a finding. */
  openTables: z.array(tableText).default([]),
})

export const sqlCheck = z.strictObject({
  name: entryName,
  title: z.string().trim().min(1).max(200),
  /** One read-only statement, a SELECT; tables with their schema, built-in functions without side effects only. */
  sql: z.string().trim().min(1).max(20_000),
  /** Healthy when it finds no row, or when the one number that it returns lies within the limits. */
  expects: z
    .union([
      z.literal('no-rows'),
      z
        .strictObject({ atLeast: z.number().optional(), atMost: z.number().optional() })
        .refine(({ atLeast, atMost }) => atLeast !== undefined || atMost !== undefined, {
          message: 'give atLeast, atMost or both',
        })
        .refine(({ atLeast, atMost }) => (atLeast ?? -Infinity) <= (atMost ?? Infinity), {
          message: 'atLeast is above atMost',
        }),
    ])
    .default('no-rows'),
  severity: z.enum(['INFO', 'WARNING', 'CRITICAL', 'EMERGENCY']).default('WARNING'),
  /** What to do when it is not as expected. */
  remedy: z.string().trim().min(1).max(1_000).optional(),
  /** Which columns name the samples. Not given: the first one is the id, the others stand beside it. */
  samples: z.strictObject({ id: columnName.optional(), label: columnName.optional() }).prefault({}),
  /** What it may take; longer is no data. */
  timeoutMs: z.number().int().min(10).max(30_000).default(5_000),
  /** How often it runs by itself; a run that somebody asks for does it always. */
  everyMinutes: z.number().int().min(1).max(1_440).default(5),
})

export const checkFields = {
  rowCounts: z.array(rowCount).default([]),
  counting: counting.prefault({}),
  /** Foreign keys that the schema does not declare. Declared ones are checked without being listed. */
  references: z.array(reference).default([]),
  codePatterns: z.array(codePattern).default([]),
  rowSecurity: rowSecurity.prefault({}),
  /** Questions of one's own. */
  checks: z.array(sqlCheck).default([]),
}
