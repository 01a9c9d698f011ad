import { sql } from 'drizzle-orm'
import {
  type AnyPgColumn,
  boolean,
  check,
  index,
  jsonb,
  pgTable,
  text,
  uniqueIndex,
  uuid,
} from 'drizzle-orm/pg-core'
import { users } from './auth.ts'
import { id, instant, madeAt } from './columns.ts'
import { incidents } from './incidents.ts'
import { jobRuns } from './jobs.ts'
import { targets } from './targets.ts'

export const operations = pgTable(
  'operations',
  {
    id: id(),
    /** restore, recovery, undo, permit, sync-repair, database-restore, database-switch, … Each kind is registered by its domain. */
    kind: text().notNull(),
    targetId: uuid()
      .notNull()
      .references(() => targets.id),
    incidentId: uuid().references(() => incidents.id),
    status: text({
      enum: [
        'requested',
        'planned',
        'awaiting-approval',
        'approved',
        'running',
        'verifying',
        'succeeded',
        'failed',
        'refused',
        'expired',
        'cancelled',
      ],
    })
      .notNull()
      .default('requested'),
    /** What was asked for: the kind's own parsed request. */
    request: jsonb().notNull(),
    /** What exactly will be done: the kind's own plan, with counts, samples and SQL. Null until planned. */
    plan: jsonb(),
    /** sha256 over the plan's binding part. An approval is bound to it. */
    fingerprint: text(),
    reason: text().notNull(),
    needsApproval: boolean().notNull().default(true),
    /**
     * How the approval came about. Solo: in an installation of one declared person, by that person, who then waits.
     * Break-glass: by the operator at the host, who has no account; loud, and in the audit before anything else.
     */
    approvalMode: text({ enum: ['two-person', 'solo', 'break-glass'] })
      .notNull()
      .default('two-person'),
    /** Of an undo: the operation whose writes it takes back. */
    undoesOperationId: uuid().references((): AnyPgColumn => operations.id),
    requestedBy: text().notNull(),
    requestedByUserId: uuid().references(() => users.id),
    createdAt: madeAt(),
    plannedAt: instant(),
    /** Approval is possible until then. */
    approveBy: instant(),
    approvedByUserId: uuid().references(() => users.id),
    approvedFingerprint: text(),
    approvedAt: instant(),
    /** A run may not start before: the time that everybody who was told has to say no. Null: at once. */
    runFrom: instant(),
    /** A run may start until then. */
    runBy: instant(),
    runBegunBy: text(),
    startedAt: instant(),
    finishedAt: instant(),
    safetyBackupId: uuid(),
    /** Counts promised and done, proof, facts. */
    result: jsonb(),
    error: jsonb(),
    planJobRunId: uuid().references(() => jobRuns.id),
    runJobRunId: uuid().references(() => jobRuns.id),
  },
  (table) => [
    check(
      'operations_two_persons',
      sql`${table.approvedByUserId} is null or ${table.approvedByUserId} is distinct from ${table.requestedByUserId} or ${table.approvalMode} = 'solo'`,
    ),
    check(
      'operations_solo_waits',
      sql`${table.approvalMode} <> 'solo' or (${table.runFrom} is not null and ${table.runFrom} >= ${table.approvedAt} + interval '15 minutes')`,
    ),
    check(
      'operations_approval_bound',
      sql`${table.approvedFingerprint} is null or ${table.approvedFingerprint} is not distinct from ${table.fingerprint}`,
    ),
    check(
      'operations_approval_whole',
      sql`(${table.approvedByUserId} is null and ${table.approvalMode} <> 'break-glass') = (${table.approvedFingerprint} is null)`,
    ),
    // Nothing is approved, runs or has run without the approval that its plan needs.
    check(
      'operations_run_approved',
      sql`${table.status} not in ('approved', 'running', 'verifying', 'succeeded') or not ${table.needsApproval} or ${table.approvedByUserId} is not null or ${table.approvalMode} = 'break-glass'`,
    ),
    index('operations_target_id_created_at_idx').on(table.targetId, table.createdAt),
    index('operations_incident_id_idx').on(table.incidentId),
    // Two undos of one operation at once would each promise what the other has done.
    uniqueIndex('operations_undoes_operation_id_idx')
      .on(table.undoesOperationId)
      .where(
        sql`${table.status} in ('requested', 'planned', 'awaiting-approval', 'approved', 'running', 'verifying')`,
      ),
  ],
)

/** Every change of an operation's state, for its page and the incident's timeline. */
export const operationEvents = pgTable(
  'operation_events',
  {
    id: id(),
    operationId: uuid()
      .notNull()
      .references(() => operations.id),
    at: madeAt(),
    status: text().notNull(),
    actor: text().notNull(),
    note: text().notNull(),
  },
  (table) => [index('operation_events_operation_id_at_idx').on(table.operationId, table.at)],
)
