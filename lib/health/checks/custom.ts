import { countOf, formatCount } from '#lib/format/format-count.ts'
import { printable } from '#lib/format/printable.ts'
import { healthy, noData, unhealthy } from '#lib/health/judgement.ts'
import type { Judgement, PlanChecks, PlannedCheck, Row, Sample } from '#lib/health/types.ts'
import type { Fragment } from '#lib/sql/fragment.ts'
import type { SqlCheck } from '#lib/targets/policy.ts'

/** A sampled row as its columns and values in order; values beyond two hundred characters are cut. */
type Cells = readonly (readonly [column: string, value: string | null])[]

/**
 * Counts what a statement finds in one pass and keeps twenty rows of it, whatever their columns are called. The statement
 * stands on lines of its own, so that a comment at its end swallows nothing.
 */
const wrapped = (sql: string): Fragment => ({
  parts: [
    `select count(*) as rows, json_agg(numbered.cells order by numbered.position) filter (where numbered.position <= 20) as samples
from (
  select row_number() over () as position, case when row_number() over () <= 20 then (
    select json_agg(json_build_array(cell.key, left(cell.value, 200)) order by cell.place)
    from json_each_text(row_to_json(found)) with ordinality as cell (key, value, place)) end as cells
  from (
${sql}
  ) as found
) as numbered`,
  ],
})

/** What is run for a check of the policy. A semicolon at its end is the author's habit. */
export const questionSql = ({ sql }: Pick<SqlCheck, 'sql'>): Fragment => wrapped(sql.replace(/;\s*$/, ''))

function toSample(cells: Cells | null, { id, label }: SqlCheck['samples']): Sample {
  const shown = (cells ?? []).map(([column, value]) => [column, printable(value ?? 'null')] as const)
  const cellOf = (column: string | undefined): string | undefined =>
    shown.find(([name]) => name === column)?.[1]
  const idColumn = id ?? shown[0]?.[0]
  const rest = shown.filter(([column]) => column !== idColumn && column !== label)
  return {
    id: cellOf(idColumn) ?? '–',
    label: cellOf(label) ?? null,
    note: rest.length > 0 ? rest.map(([column, value]) => `${printable(column)} ${value}`).join(', ') : null,
  }
}

const samplesIn = (row: Row | undefined, check: SqlCheck): Sample[] =>
  ((row?.samples as (Cells | null)[] | null) ?? []).map((cells) => toSample(cells, check.samples))

const limitsInWords = ({ atLeast, atMost }: { atLeast?: number; atMost?: number }): string =>
  atLeast === undefined
    ? `at most ${atMost}`
    : atMost === undefined
      ? `at least ${atLeast}`
      : `${atLeast} to ${atMost}`

function judgeNumber(check: SqlCheck, row: Row | undefined): Judgement {
  const limits = check.expects as { atLeast?: number; atMost?: number }
  const remedy = 'Let the statement return one row whose first column is a number.'
  const rows = Number(row?.rows ?? 0)
  if (rows !== 1) return noData(`It returned ${countOf(rows, 'row')} where one number was expected.`, remedy)
  const text = (row?.samples as Cells[] | undefined)?.[0]?.[0]?.[1] ?? null
  const value = text === null || text.trim() === '' ? Number.NaN : Number(text)
  // NaN is a number to PostgreSQL and to nobody else: it lies within no limits and outside of none.
  if (Number.isNaN(value))
    return noData(
      `It returned ${text === null ? 'null' : `“${printable(text)}”`} where a number was expected.`,
      remedy,
    )
  const { atLeast = -Infinity, atMost = Infinity } = limits
  if (value >= atLeast && value <= atMost)
    return healthy(`${value}; ${limitsInWords(limits)} is expected.`, { measured: value })
  return unhealthy(check.severity, `${value}, where ${limitsInWords(limits)} is expected.`, {
    affected: 1,
    measured: value,
    remedy: check.remedy ?? null,
  })
}

/** Judges what the wrapped statement returned. What cannot be read as an answer is no data, never green. */
export function judgeQuestion(check: SqlCheck) {
  return ([row]: readonly Row[]): Judgement => {
    if (check.expects !== 'no-rows') return judgeNumber(check, row)
    if (!row) return noData('It returned nothing that could be counted.', null)
    const affected = Number(row.rows)
    if (affected === 0) return healthy('It finds no row.')
    const samples = samplesIn(row, check)
    return unhealthy(check.severity, `It finds ${countOf(affected, 'row')} where none is expected.`, {
      affected,
      samples,
      remedy:
        check.remedy ??
        (affected > samples.length
          ? `Look at all ${formatCount(affected)} with the SQL of the check.`
          : null),
    })
  }
}

export const planQuestion = (check: SqlCheck): PlannedCheck => ({
  check: `custom.${check.name}`,
  area: 'custom',
  title: check.title,
  collect: questionSql(check),
  judge: judgeQuestion(check),
  everyMinutes: check.everyMinutes,
  question: { sql: check.sql, timeoutMs: check.timeoutMs },
  whenSlow: `Make the statement faster, or give it more time: timeoutMs is ${check.timeoutMs}, at most 30000.`,
})

/** `custom.<name>` for each SQL check of the policy. */
export const planCustomChecks: PlanChecks = ({ policy }) => policy.checks.map(planQuestion)
