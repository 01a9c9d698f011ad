import { countOf, formatCount } from '#lib/format/format-count.ts'
import { printable } from '#lib/format/printable.ts'
import { healthy, numberIn, samplesOf, unhealthy } from '#lib/health/judgement.ts'
import { atLeisure, planCheck } from '#lib/health/plan-check.ts'
import type { Judgement, PlanChecks, Row } from '#lib/health/types.ts'
import { bind, columnOf, type Fragment, fragment, integer, join, tableOf } from '#lib/sql/fragment.ts'
import { formatTable, type TableName } from '#lib/sql/identifier.ts'
import { pickTables } from '#lib/targets/introspect.ts'
import { type Policy, policyTable } from '#lib/targets/policy.ts'
import type { Table } from '#lib/targets/types.ts'

type CodePattern = Policy['codePatterns'][number]

/**
 * Judges each distinct value once: at a million rows 0.3 s instead of 3.2 s for every row. Only where values are wrong is
 * the table read again, for the keys of some of their rows.
 */
export function codesSql(table: Table, { column, patterns, allowNull }: CodePattern): Fragment {
  const entries = Object.entries(patterns)
  // Anchored as a whole, so that an alternative inside a pattern cannot escape the anchors.
  const matches = entries.map(([, pattern]) => fragment`v.value ~ ${bind(`^(?:${pattern})$`)}`)
  const flags = join(
    matches.map((match) => fragment`coalesce(${match}, false)`),
    ', ',
  )
  const counts = join(
    entries.map(
      ([label], index) =>
        fragment`${bind(label)}, coalesce(sum(uses) filter (where matched[${integer(index + 1)}]), 0)`,
    ),
    ', ',
  )
  const wrongNull = allowNull ? fragment`false` : fragment`true`
  const value = fragment`${columnOf('t', column)}::text`
  const id = table.key
    ? join(
        table.key.map((part) => fragment`${columnOf('t', part)}::text`),
        ` || ',' || `,
      )
    : fragment`t.ctid::text`
  return fragment`with v as (
  select ${value} as value, count(*) as uses from ${tableOf(table)} t group by 1
), matched as (
  select v.*, array[${flags}]::boolean[] as matched from v
), judged as (
  select m.*, case when m.value is null then ${wrongNull} else not (true = any (m.matched)) end as wrong from matched m
), worst as (
  select value, uses from judged where wrong order by uses desc, value limit 20
), found as (
  (select ${id} as id, w.value, w.uses from ${tableOf(table)} t join worst w on w.value = ${value} limit 200)
  union all
  (select ${id}, null, w.uses from ${tableOf(table)} t join worst w on w.value is null where ${columnOf('t', column)} is null limit 5)
), shown as (
  select f.*, row_number() over (partition by f.value order by f.id) as place from found f
)
select coalesce(sum(uses), 0) as total, coalesce(sum(uses) filter (where wrong), 0) as affected,
  count(*) filter (where wrong) as "wrongValues", coalesce(sum(uses) filter (where value is null), 0) as nulls,
  jsonb_build_object(${counts}) as "byPattern",
  (select jsonb_agg(jsonb_build_object('id', s.id, 'label', left(coalesce(s.value, '(null)'), 200), 'note', s.uses || ' rows'))
   from (select * from shown order by place, uses desc, value limit 20) s) as samples
from judged`
}

/** How many rows match which pattern; a row may match several. */
const countsInWords = (row: Row | undefined, patterns: CodePattern['patterns']): string => {
  const counts = (row?.byPattern ?? {}) as Record<string, number>
  return Object.keys(patterns)
    .map((pattern) => `${pattern} ${formatCount(Number(counts[pattern] ?? 0))}`)
    .join(', ')
}

export function judgeCodes(table: TableName, { column, patterns, allowNull }: CodePattern) {
  return (rows: readonly Row[]): Judgement => {
    const [row] = rows
    const [affected, total] = [numberIn(row, 'affected'), numberIn(row, 'total')]
    const place = `${formatTable(table)}.${column}`
    const nulls = numberIn(row, 'nulls')
    const empty = allowNull && nulls > 0 ? `, ${formatCount(nulls)} null` : ''
    if (affected === 0)
      return healthy(
        `All ${countOf(total, 'value')} of ${place} match a pattern (${countsInWords(row, patterns)}${empty}).`,
      )
    const wrongNulls = !allowNull && nulls > 0 ? `, ${formatCount(nulls)} of them null` : ''
    return unhealthy(
      'WARNING',
      `${countOf(affected, 'row')} of ${formatCount(total)} have a value in ${place} that matches none of: ${Object.keys(patterns).join(', ')} (${countOf(numberIn(row, 'wrongValues'), 'distinct value')}${wrongNulls}). The others: ${countsInWords(row, patterns)}.`,
      {
        affected,
        samples: samplesOf(row).map((sample) => ({ ...sample, label: printable(sample.label ?? '') })),
        remedy: 'Correct the values, or widen the pattern in the policy if they are right.',
      },
    )
  }
}

/** `codes.pattern:<name>` for each code pattern of the policy. */
export const planCodeChecks: PlanChecks = ({ policy, tables, targetName }) =>
  policy.codePatterns.map((entry) => {
    const table = policyTable(entry.table)
    return planCheck(
      {
        check: `codes.pattern:${entry.name}`,
        area: 'codes',
        title: `Codes in ${formatTable(table)}.${entry.column}`,
      },
      targetName,
      () => {
        const found = pickTables(tables, [table])[0]!
        return {
          collect: codesSql(found, entry),
          judge: judgeCodes(table, entry),
          ...atLeisure(found),
          whenSlow: `Make the patterns of “${entry.name}” simpler (a reference back such as \\1 has to try every way), or fewer values.`,
        }
      },
    )
  })
