import { bigint, index, pgTable, text, uuid } from 'drizzle-orm/pg-core'
import { instant } from './columns.ts'
import { operations } from './operations.ts'
import { targets } from './targets.ts'

/** What became of each deletion permit that an operation made in a target. The operation holds what was asked and approved. */
export const permits = pgTable(
  'permits',
  {
    /** The operation that made it; the permit in the target has the same id. */
    id: uuid()
      .primaryKey()
      .references(() => operations.id),
    targetId: uuid()
      .notNull()
      .references(() => targets.id),
    /** `opening` until the target has committed it. */
    state: text({ enum: ['opening', 'open', 'used', 'expired', 'withdrawn'] })
      .notNull()
      .default('opening'),
    /** Kept only while the permit is open. Worth nothing without a login of the permit's role. */
    secret: text(),
    opensAt: instant(),
    expiresAt: instant(),
    usedRows: bigint({ mode: 'number' }),
    usedAt: instant(),
    /** Role, application and address of the session that used it. */
    usedBy: text(),
    /** When it was found used or expired, or was withdrawn, and by whom. */
    endedAt: instant(),
    endedBy: text(),
  },
  (table) => [index('permits_target_id_state_idx').on(table.targetId, table.state)],
)
