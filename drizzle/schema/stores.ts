import { sql } from 'drizzle-orm'
import { bigint, jsonb, pgTable, text, uniqueIndex, uuid } from 'drizzle-orm/pg-core'
import { id, instant, madeAt } from './columns.ts'

/** Places that keep archives outside of the databases they were taken from. */
export const archiveStores = pgTable(
  'archive_stores',
  {
    /** Also written into the store itself, so that an unmounted directory or another bucket is not taken for an empty store. */
    id: id(),
    name: text().notNull(),
    kind: text({ enum: ['local', 's3'] }).notNull(),
    /** Where it is, without credentials (lib/stores/types.ts). */
    settings: jsonb().notNull(),
    status: text({ enum: ['reachable', 'unreachable'] })
      .notNull()
      .default('reachable'),
    statusAt: madeAt(),
    /** { code, message, hint } of the last failure to reach it. */
    error: jsonb(),
    usedBytes: bigint({ mode: 'number' }),
    /** Null where the store does not say. */
    freeBytes: bigint({ mode: 'number' }),
    createdAt: madeAt(),
    createdBy: text().notNull(),
    removedAt: instant(),
  },
  (table) => [uniqueIndex('archive_stores_name_idx').on(table.name).where(sql`${table.removedAt} is null`)],
)

/** S3 credentials, sealed; a store without a row uses those of the machine or none. Closed to the web role. */
export const storeCredentials = pgTable('store_credentials', {
  storeId: uuid()
    .primaryKey()
    .references(() => archiveStores.id),
  /** `{ accessKeyId, secretAccessKey }`, sealed for `store_credentials|<storeId>`. */
  sealed: text().notNull(),
  keyId: text().notNull(),
  setAt: madeAt(),
  setBy: text().notNull(),
})

/** What a store held in all, once a day: the storage chart and its forecast. */
export const storeMeasurements = pgTable(
  'store_measurements',
  {
    id: id(),
    storeId: uuid()
      .notNull()
      .references(() => archiveStores.id),
    measuredAt: madeAt(),
    usedBytes: bigint({ mode: 'number' }).notNull(),
    freeBytes: bigint({ mode: 'number' }),
    archives: bigint({ mode: 'number' }).notNull(),
  },
  (table) => [uniqueIndex('store_measurements_store_id_measured_at_idx').on(table.storeId, table.measuredAt)],
)
