import { index, jsonb, pgTable, text, uuid } from 'drizzle-orm/pg-core'
import { users } from './auth.ts'
import { id, instant, madeAt } from './columns.ts'
import { incidents } from './incidents.ts'
import { operations } from './operations.ts'
import { targets } from './targets.ts'

/** A restore that somebody is still choosing, step by step: it can be left and gone on with, on another machine too. */
export const restoreDrafts = pgTable(
  'restore_drafts',
  {
    id: id(),
    targetId: uuid()
      .notNull()
      .references(() => targets.id),
    userId: uuid()
      .notNull()
      .references(() => users.id),
    incidentId: uuid().references(() => incidents.id),
    /** The step that the person is at: why, lost, source, where. */
    step: text().notNull().default('why'),
    reason: text().notNull().default(''),
    /** What was chosen so far, in the form of a restore's request, each part optional. */
    request: jsonb().notNull().default({}),
    /** What became of it: the operation that was requested last. Going back and asking again makes another one. */
    operationId: uuid().references(() => operations.id),
    createdAt: madeAt(),
    updatedAt: madeAt(),
    discardedAt: instant(),
  },
  (table) => [index('restore_drafts_user_id_updated_at_idx').on(table.userId, table.updatedAt)],
)
