import { sql } from 'drizzle-orm'
import { boolean, check, integer, jsonb, pgTable, text } from 'drizzle-orm/pg-core'
import { madeAt } from './columns.ts'

/** The public status page: one row. It says only what is in it, in the public's words. */
export const statusPages = pgTable(
  'status_pages',
  {
    one: integer().primaryKey().default(1),
    isPublished: boolean().notNull().default(false),
    title: text().notNull(),
    /** [{ targetId, name }]: what the public calls them. */
    services: jsonb().notNull().default([]),
    /** A word to the public, as long as it is needed. */
    notice: text(),
    changedAt: madeAt(),
    changedBy: text().notNull(),
  },
  (table) => [check('status_pages_one', sql`${table.one} = 1`)],
)
