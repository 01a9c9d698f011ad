import { countOf, formatCount } from '#lib/format/format-count.ts'
import { healthy, noData, unhealthy } from '#lib/health/judgement.ts'
import { loadFragment } from '#lib/health/load-fragment.ts'
import type { Judgement, PlanChecks, Row } from '#lib/health/types.ts'

const sequencesSql = loadFragment(new URL('../sql/sequences.sql', import.meta.url))

const limits = { warning: 75, critical: 90 }

/** A sequence that ends, or that outgrows the column it fills, stops every insert. */
export const judgeSequences =
  (roleName: string) =>
  (rows: readonly Row[]): Judgement => {
    const worst = Math.max(0, ...rows.map((row) => Number(row.percent)))
    const near = rows.filter((row) => Number(row.percent) >= limits.warning)
    const unreadable = Number(rows[0]?.unreadable ?? 0)
    if (near.length > 0) {
      const first = near[0]!
      const where = first.column ? ` for ${first.column} (${first.type})` : ''
      return unhealthy(
        worst >= limits.critical ? 'CRITICAL' : 'WARNING',
        `${countOf(near.length, 'sequence')} near the end: ${first.name}${where} is at ${formatCount(Number(first.last))} of ${formatCount(Number(first.most))}.`,
        {
          affected: near.length,
          measured: worst,
          samples: near
            .slice(0, 20)
            .map((row) => ({ id: String(row.name), note: `${Number(row.percent).toFixed(1)} % used` })),
          remedy: first.column
            ? `Widen the column (it is rewritten, so in a maintenance window): alter table … alter column … type bigint; then: alter sequence ${first.name} as bigint;`
            : `alter sequence ${first.name} as bigint;`,
        },
      )
    }
    if (unreadable > 0)
      return noData(
        `${roleName} may not read ${countOf(unreadable, 'sequence')} of ${Number(rows[0]!.total)}; the others are well.`,
        `grant pg_read_all_data to ${roleName};`,
      )
    return healthy(
      rows.length === 0
        ? 'There are no sequences.'
        : `No sequence is over ${worst.toFixed(1)} % of its numbers.`,
      { measured: worst },
    )
  }

/** `server.sequences`. */
export const planSequenceChecks: PlanChecks = ({ living, roleName }) =>
  living
    ? [
        {
          check: 'server.sequences',
          area: 'server',
          title: 'Sequences near their end',
          everyMinutes: 5,
          collect: sequencesSql,
          judge: judgeSequences(roleName),
        },
      ]
    : []
