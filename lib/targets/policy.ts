import { z } from 'zod'
import { isCron } from '#lib/jobs/occurrence.ts'
import { formatTable, parseTable, type TableName } from '#lib/sql/identifier.ts'
import { checkFields } from '#lib/targets/policy-checks.ts'
import { columnName, conditions, entryName, roleName, scalar, tableText } from '#lib/targets/policy-words.ts'

const percent = z.number().min(0).max(100)

const budget = z.strictObject({
  /** Most rows one statement may delete. */
  statementRows: z.number().int().nonnegative().optional(),
  /** Most rows one transaction may delete. */
  transactionRows: z.number().int().nonnegative().optional(),
  /** Most rows all transactions together may delete within the window. */
  windowRows: z.number().int().nonnegative().optional(),
  windowMinutes: z.number().int().min(1).max(10_080).optional(),
  /** The same as shares of the table, in per cent; tables below a thousand rows are judged by rows alone. */
  statementPercent: percent.optional(),
  transactionPercent: percent.optional(),
  windowPercent: percent.optional(),
})

const protectedTable = z.strictObject({
  table: tableText,
  /** Overrides of the policy's `budget`, field by field. */
  budget: budget.optional(),
  /** What an over-budget statement meets. */
  mode: z.enum(['refuse', 'warn']).default('refuse'),
  /**
   * What a change meets whose guard is damaged, so that nobody can say whether it is within its budget. Not given: tables of
   * memberships refuse, since who is locked out cannot help themselves; others pass with a warning, and verification raises the alert.
   */
  whenDamaged: z.enum(['refuse', 'pass']).optional(),
  /** Which old images are kept: of deleted rows, of rows overwritten under an update budget too, or none (counting only). */
  journal: z.enum(['deleted', 'overwritten', 'none']).default('deleted'),
  /** Columns whose mass change locks people out as surely as a delete; the budget overrides `budget` field by field. */
  updates: z.strictObject({ columns: z.array(columnName).min(1), budget: budget.optional() }).optional(),
  /** A role's own budget, instead of the table's: the standing allowance of a nightly purge, with its ceiling. */
  roles: z.record(roleName, budget).default({}),
})

/** A role for a script or an AI agent: its small budget holds on every protected table, for updates of any column too. */
const agent = z.strictObject({ role: roleName, budget: budget.prefault({}) })

/** Who is a member of what, in whatever shape the schema has. From it come the checks and the recovery. */
const membership = z.strictObject({
  name: entryName,
  /** Whether the guards refuse to take the last membership of a living user and the last owner of an organisation. */
  orphaning: z.enum(['refuse', 'off']).default('refuse'),
  /** The role values that own an organisation. */
  owners: z.array(scalar).default([]),
  users: z.strictObject({
    table: tableText,
    key: columnName,
    /** Shown beside the key: an e-mail or a name. */
    label: columnName.optional(),
    living: conditions.default({}),
  }),
  organizations: z
    .strictObject({
      table: tableText,
      key: columnName,
      label: columnName.optional(),
      living: conditions.default({}),
    })
    .optional(),
  members: z.strictObject({
    table: tableText,
    user: columnName,
    organization: columnName,
    /** Which rows of the table are memberships at all. */
    where: conditions.default({}),
    /** Which of them are effective now. */
    active: conditions.default({}),
    expiresAt: columnName.optional(),
    startsAt: columnName.optional(),
    /** The column that holds the role, where it is in the membership itself. */
    role: columnName.optional(),
  }),
  /** Where the role is, when it is in a table of its own. */
  roles: z
    .strictObject({
      table: tableText,
      user: columnName,
      organization: columnName.optional(),
      where: conditions.default({}),
      value: columnName,
    })
    .optional(),
})

const isTimeZone = (text: string): boolean => {
  try {
    new Intl.DateTimeFormat('en', { timeZone: text })
    return true
  } catch {
    return false
  }
}

const schedule = z
  .string()
  .regex(/^\S+(\s+\S+){4}$/, 'a cron expression of five fields')
  .refine(isCron, 'not a cron expression that can be read')

export const policySchema = z.strictObject({
  timeZone: z.string().refine(isTimeZone, 'not a time zone, such as Europe/Berlin').default('UTC'),
  /** What is promised, beside what is measured. */
  objectives: z
    .strictObject({
      exposureMinutes: z.number().int().positive().default(360),
      recoveryMinutes: z.number().int().positive().default(15),
      proofHours: z.number().int().positive().default(48),
    })
    .prefault({}),
  protectedTables: z.array(protectedTable).default([]),
  /** The budget of every protected table that does not say otherwise. */
  budget: budget.prefault({ statementRows: 25, transactionRows: 50, windowRows: 200, windowMinutes: 60 }),
  agents: z.array(agent).default([]),
  /** Literals in statement texts are replaced before the console keeps them. */
  redactLiterals: z.boolean().default(true),
  memberships: z.array(membership).default([]),
  ...checkFields,
  /** Tables that this target has to have row for row like another one, the master. */
  mirrors: z
    .array(
      z.strictObject({
        name: entryName,
        /** The master, by its target's name. */
        master: z.string().min(1).max(63),
        /** The tables by their names here. */
        tables: z.array(tableText).min(1),
        /** Where the master calls one of them otherwise: the name here → the name there. */
        names: z.record(tableText, tableText).default({}),
        /** Columns that may differ between the two: the table here → its columns. */
        ignoredColumns: z.record(tableText, z.array(columnName).min(1)).default({}),
      }),
    )
    .default([]),
  probes: z
    .array(
      z.strictObject({
        name: entryName,
        category: z.string().min(1).max(60).default('query'),
        /** One read-only statement; run in a read-only transaction with a time-out. */
        sql: z.string().min(1).max(10_000),
        maximumMs: z.number().positive().optional(),
      }),
    )
    .default([]),
  schedules: z
    .strictObject({
      health: schedule.default('* * * * *'),
      snapshot: schedule.default('0 */6 * * *'),
      archive: schedule.default('15 2 * * *'),
      drill: schedule.default('45 3 * * *'),
      performance: schedule.default('*/10 * * * *'),
      drift: schedule.default('5 * * * *'),
    })
    .prefault({}),
  /** Where archives go, by the stores' names. The first takes the archive, the others get copies of it, each verified by itself. */
  stores: z.array(entryName).min(1).default(['local']),
  /** Who else can open the archives with an age program, as `age1…`: an offline key, say. The installation itself always can. */
  archiveRecipients: z
    .array(z.string().regex(/^age1[02-9ac-hj-np-z]{58}$/, 'an age recipient: age1…'))
    .default([]),
  /** Archives made by others, in pg_dump's custom or directory format: listed, drilled and watched, never changed. */
  foreignArchives: z
    .array(
      z.strictObject({
        store: entryName,
        /** The folder or the beginning of the names within the store. */
        prefix: z.string().max(500).default(''),
        /** An alert when the newest is older. */
        maximumAgeHours: z.number().int().positive().default(26),
      }),
    )
    .default([]),
  /** Databases on the same server that nobody needs to protect: no alert names them. */
  ignoredDatabases: z.array(z.string().min(1).max(63)).default([]),
  retention: z
    .strictObject({
      snapshotDays: z.number().int().positive().default(3),
      /** Every good archive younger than this stays; of older ones the newest of each week, month and year, as follows. */
      archiveDays: z.number().int().positive().default(30),
      archiveWeeks: z.number().int().nonnegative().default(8),
      archiveMonths: z.number().int().nonnegative().default(12),
      archiveYears: z.number().int().nonnegative().default(0),
      /** So many verified archives stay whatever their age. */
      minimumArchives: z.number().int().min(1).default(3),
      /** How long the images of deleted rows are kept in the target. */
      journalDays: z.number().int().positive().default(30),
      /** What the journals of a target may take; when they are full the oldest weeks go first, and the console says so. */
      journalMegabytes: z.number().int().positive().default(10_240),
    })
    .prefault({}),
})

/** A target's policy: what its protection is. One validated document per target, versioned. */
export type Policy = z.output<typeof policySchema>
export type PolicyInput = z.input<typeof policySchema>
export type MembershipRule = Policy['memberships'][number]
export type SqlCheck = Policy['checks'][number]
export type Conditions = z.output<typeof conditions>
export type Budget = z.output<typeof budget>

/** A policy's table text as a table name. The schema has already refused what does not parse. */
export function policyTable(text: string): TableName {
  const table = parseTable(text)
  if (!table) throw new Error(`unparsed table name in a validated policy: ${text}`)
  return table
}

/** The tables that snapshots copy, guards watch and facts weigh heaviest, in the policy's order. */
export const protectedTables = (policy: Policy): TableName[] =>
  policy.protectedTables.map((entry) => policyTable(entry.table))

/** A table's budget: its own fields over the policy's. */
export function budgetOf(policy: Policy, table: TableName): Budget {
  const entry = policy.protectedTables.find(
    (candidate) => formatTable(policyTable(candidate.table)) === formatTable(table),
  )
  return { ...policy.budget, ...entry?.budget }
}
