import { bigint, doublePrecision, index, integer, pgTable, primaryKey, text, uuid } from 'drizzle-orm/pg-core'
import { instant, madeAt } from './columns.ts'
import { targets } from './targets.ts'

/** One measurement of one probe: the distribution of a few timed runs. */
export const probeMeasurements = pgTable(
  'probe_measurements',
  {
    id: bigint({ mode: 'number' }).primaryKey().generatedAlwaysAsIdentity(),
    targetId: uuid()
      .notNull()
      .references(() => targets.id),
    probe: text().notNull(),
    category: text().notNull(),
    measuredAt: instant().notNull(),
    medianMs: doublePrecision(),
    p95Ms: doublePrecision(),
    runs: integer().notNull(),
    verdict: text({
      enum: ['normal', 'slower', 'regressed', 'critical', 'faster', 'learning', 'no-data'],
    }).notNull(),
    changePercent: doublePrecision(),
    error: text(),
  },
  (table) => [
    index('probe_measurements_target_id_probe_measured_at_idx').on(
      table.targetId,
      table.probe,
      table.measuredAt,
    ),
  ],
)

/** What is normal for a probe, learned from measurements. */
export const probeBaselines = pgTable(
  'probe_baselines',
  {
    targetId: uuid()
      .notNull()
      .references(() => targets.id),
    probe: text().notNull(),
    medianMs: doublePrecision().notNull(),
    /** Median absolute deviation of the medians it was learned from. */
    deviationMs: doublePrecision().notNull(),
    p95Ms: doublePrecision().notNull(),
    measurements: integer().notNull(),
    learnedAt: madeAt(),
    learnedBy: text().notNull(),
  },
  (table) => [primaryKey({ columns: [table.targetId, table.probe] })],
)
