import { sql } from 'drizzle-orm'
import { boolean, check, integer, pgTable, text } from 'drizzle-orm/pg-core'
import { instant } from './columns.ts'

/** What is true of the whole installation: one row, made by the first who sets something. */
export const installation = pgTable(
  'installation',
  {
    one: integer().primaryKey().default(1),
    /** One person alone runs this Holdfast: they may approve what they requested, and then wait. Set by the operator at the host only. */
    soloMode: boolean().notNull().default(false),
    soloSince: instant(),
    soloBy: text(),
    soloReason: text(),
    /** When the outgoing heartbeat last got through. */
    heartbeatSentAt: instant(),
    /** The console's address as people type it, for links in messages. */
    publicUrl: text(),
  },
  (table) => [check('installation_one', sql`${table.one} = 1`)],
)
