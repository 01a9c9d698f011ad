import { sql } from 'drizzle-orm'
import { boolean, check, index, integer, pgTable, text, uniqueIndex, uuid } from 'drizzle-orm/pg-core'
import { id, instant, madeAt } from './columns.ts'

export const users = pgTable(
  'users',
  {
    id: id(),
    email: text().notNull(),
    name: text().notNull(),
    role: text({ enum: ['viewer', 'admin', 'commander'] }).notNull(),
    /** argon2id in PHC form. Null until the one-time link was used. */
    passwordHash: text(),
    /** Raised when password, role or state changes; sessions made before are void. */
    sessionVersion: integer().notNull().default(1),
    /** From when on this person may approve: 24 h after the account or its promotion, or when the host operator vouched. */
    approverFrom: instant(),
    disabledAt: instant(),
    createdAt: madeAt(),
    createdBy: text().notNull(),
  },
  (table) => [
    uniqueIndex('users_email_idx').on(table.email),
    check('users_email_lowercase', sql`${table.email} = lower(${table.email})`),
  ],
)

export const sessions = pgTable(
  'sessions',
  {
    id: id(),
    userId: uuid()
      .notNull()
      .references(() => users.id),
    sessionVersion: integer().notNull(),
    createdAt: madeAt(),
    lastSeenAt: madeAt(),
    expiresAt: instant().notNull(),
    revokedAt: instant(),
    userAgent: text(),
  },
  (table) => [index('sessions_user_id_idx').on(table.userId)],
)

/** Proofs that the person at the session is the account's owner, each bound to one thing (a plan's fingerprint). */
export const stepUps = pgTable(
  'step_ups',
  {
    id: id(),
    sessionId: uuid()
      .notNull()
      .references(() => sessions.id),
    userId: uuid()
      .notNull()
      .references(() => users.id),
    boundTo: text().notNull(),
    provedAt: madeAt(),
  },
  (table) => [index('step_ups_session_id_bound_to_idx').on(table.sessionId, table.boundTo)],
)

/** Failed and successful sign-ins, kept for throttling. `subject` is a keyed hash of e-mail or address, never the text. */
export const signInAttempts = pgTable(
  'sign_in_attempts',
  {
    id: id(),
    subject: text().notNull(),
    succeeded: boolean().notNull(),
    at: madeAt(),
  },
  (table) => [index('sign_in_attempts_subject_at_idx').on(table.subject, table.at)],
)

/** The key under which sign-in subjects are hashed: one row, made on first use. */
export const signInKeys = pgTable('sign_in_keys', {
  id: integer().primaryKey(),
  key: text().notNull(),
})

/** One-time links that let a person set the password. Only the hash of the token is kept. */
export const oneTimeLinks = pgTable(
  'one_time_links',
  {
    id: id(),
    tokenHash: text().notNull(),
    userId: uuid()
      .notNull()
      .references(() => users.id),
    createdAt: madeAt(),
    expiresAt: instant().notNull(),
    usedAt: instant(),
  },
  (table) => [uniqueIndex('one_time_links_token_hash_idx').on(table.tokenHash)],
)

/** What a machine shows to read one thing: the metrics, or a calendar. Opens nothing else; only the hash is kept. */
export const accessTokens = pgTable(
  'access_tokens',
  {
    id: id(),
    scope: text({ enum: ['metrics', 'calendar'] }).notNull(),
    name: text().notNull(),
    tokenHash: text().notNull(),
    /** Whose calendar it is. */
    userId: uuid().references(() => users.id),
    createdAt: madeAt(),
    createdBy: text().notNull(),
    lastUsedAt: instant(),
    revokedAt: instant(),
  },
  (table) => [uniqueIndex('access_tokens_token_hash_idx').on(table.tokenHash)],
)
