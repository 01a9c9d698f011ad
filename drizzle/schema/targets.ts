import { sql } from 'drizzle-orm'
import { bigint, integer, jsonb, pgTable, primaryKey, text, uniqueIndex, uuid } from 'drizzle-orm/pg-core'
import { sessions, users } from './auth.ts'
import { id, instant, madeAt } from './columns.ts'

export const targets = pgTable(
  'targets',
  {
    id: id(),
    name: text().notNull(),
    environment: text({ enum: ['production', 'staging', 'development'] }).notNull(),
    /** Control: Holdfast's own database. It has archives and drills like any other; nothing else may be done to it. */
    kind: text({ enum: ['application', 'control'] })
      .notNull()
      .default('application'),
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
    /** Whether the last attempt to reach it did. Without credentials: known from its archives alone, after a disaster. */
    status: text({ enum: ['reachable', 'unreachable', 'needs-credentials'] })
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

/** The databases of a target's server as the last survey saw them, so that one which nobody protects is told of. */
export const serverDatabases = pgTable(
  'server_databases',
  {
    targetId: uuid()
      .notNull()
      .references(() => targets.id),
    name: text().notNull(),
    /** Null where the role may not know. */
    sizeBytes: bigint({ mode: 'number' }),
    seenAt: madeAt(),
  },
  (table) => [primaryKey({ columns: [table.targetId, table.name] })],
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

/** The public key that the web seals to; worker and CLI hold the private one. One row. */
export const sealingKeys = pgTable('sealing_keys', {
  id: integer().primaryKey(),
  publicKey: text().notNull(),
  keyId: text().notNull(),
})

/** Databases that somebody asked to add on the page. The worker opens the sealed URL, adds, and forgets it. */
export const targetRequests = pgTable('target_requests', {
  id: id(),
  name: text().notNull(),
  environment: text({ enum: ['production', 'staging', 'development'] }).notNull(),
  /** `host:port/database`, for people. */
  place: text().notNull(),
  /** Sealed for `target_requests|<id>`; null once it was used. */
  sealedUrl: text(),
  /** Who asked; the permission is read again when the worker acts. */
  userId: uuid()
    .notNull()
    .references(() => users.id),
  sessionId: uuid()
    .notNull()
    .references(() => sessions.id),
  status: text({ enum: ['queued', 'added', 'refused'] })
    .notNull()
    .default('queued'),
  /** { code, reason, hint } when it was refused or failed. */
  refusal: jsonb(),
  targetId: uuid().references(() => targets.id),
  requestedBy: text().notNull(),
  createdAt: madeAt(),
  finishedAt: instant(),
})
