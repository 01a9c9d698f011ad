import { jsonb, pgTable, primaryKey, text, uuid } from 'drizzle-orm/pg-core'
import { instant } from './columns.ts'
import { targets } from './targets.ts'

/** The counters of a target as a health check last read them: what happened is the difference to the next reading. */
export const checkCounters = pgTable(
  'check_counters',
  {
    targetId: uuid()
      .notNull()
      .references(() => targets.id),
    check: text().notNull(),
    readAt: instant().notNull(),
    counters: jsonb().notNull(),
  },
  (table) => [primaryKey({ columns: [table.targetId, table.check] })],
)
