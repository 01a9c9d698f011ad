import { integer, pgTable, text } from 'drizzle-orm/pg-core'

/** A schema that has forgotten a table and a column: what `drizzle-kit push` makes of it is a loss. */
export const member = pgTable('member', { id: integer().primaryKey(), name: text() })
