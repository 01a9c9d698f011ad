import { sql } from 'drizzle-orm'
import { integer, jsonb, pgTable, primaryKey, text, uniqueIndex, uuid } from 'drizzle-orm/pg-core'
import { id, instant, madeAt } from './columns.ts'

export const targets = pgTable(
  'targets',
  {
    id: id(),
    name: text().notNull(),
    environment: text({ enum: ['production', 'staging', 'development'] }).notNull(),
    /** Where it is, for people. The credentials are in target_credentials, sealed. */
    host: text().notNull(),
    port: integer().notNull(),
    databaseName: text().notNull(),
    serverVersion: text().notNull(),
    /** PostgreSQL's server_version_num, e.g. 150018. */
    serverVersionNumber: integer().notNull(),
    /** pg_control_system().system_identifier where readable: tells one cluster from another. */
    systemIdentifier: text(),
    /** Tables of the application when it was last looked at. */
    tableCount: integer().notNull(),
    /** Whether the last attempt to reach it did. */
    status: text({ enum: ['reachable', 'unreachable'] })
      .notNull()
      .default('reachable'),
    statusAt: madeAt(),
    /** The last preflight (lib/targets/preflight.ts) and when it was. */
    preflight: jsonb(),
    preflightAt: instant(),
    createdAt: madeAt(),
    createdBy: text().notNull(),
    removedAt: instant(),
  },
  (table) => [uniqueIndex('targets_name_idx').on(table.name).where(sql`${table.removedAt} is null`)],
)

export const targetCredentials = pgTable(
  'target_credentials',
  {
    targetId: uuid()
      .notNull()
      .references(() => targets.id),
    role: text({ enum: ['owner', 'watch', 'backup', 'restore', 'guard'] }).notNull(),
    /** The connection URL, sealed for `target_credentials|<targetId>|<role>`. */
    sealedUrl: text().notNull(),
    keyId: text().notNull(),
    setAt: madeAt(),
    setBy: text().notNull(),
  },
  (table) => [primaryKey({ columns: [table.targetId, table.role] })],
)

/** Each applied version of a target's policy; the highest version is in force. */
export const policies = pgTable(
  'policies',
  {
    id: id(),
    targetId: uuid()
      .notNull()
      .references(() => targets.id),
    version: integer().notNull(),
    document: jsonb().notNull(),
    appliedAt: madeAt(),
    appliedBy: text().notNull(),
  },
  (table) => [uniqueIndex('policies_target_id_version_idx').on(table.targetId, table.version)],
)
