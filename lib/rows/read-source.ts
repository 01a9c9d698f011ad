import { randomBytes } from 'node:crypto'
import { AppError } from '#lib/errors.ts'
import { temporary } from '#lib/rows/row-sql.ts'
import { runSql } from '#lib/rows/run-sql.ts'
import { type Aside, countRows, make, rowsText } from '#lib/rows/set-aside.ts'
import { exactType, staysTheSame } from '#lib/rows/type-changes.ts'
import type { RowsScope } from '#lib/rows/types.ts'
import { type Fragment, fragment, join, name, tableOf, typeOf } from '#lib/sql/fragment.ts'

const typeNow = ({ live }: Aside, column: string): string =>
  live.columns.find((candidate) => candidate.name === column)!.type

const there = ({ renamed }: Aside, column: string): Fragment => fragment`r.${name(renamed[column] ?? column)}`

/** True where the row's values of then can be those of now. */
const canBeRead = (aside: Aside): Fragment =>
  join(
    aside.checked.map(
      (column) =>
        fragment`(${there(aside, column)} is null or ${tableOf(aside.trials[column]!)}(${there(aside, column)}::text))`,
    ),
    ' and ',
  )

function columnNow(aside: Aside, column: string): Fragment {
  const from = there(aside, column)
  const as = fragment` as ${name(column)}`
  // Only a case keeps the cast from being tried on rows that the condition has yet to leave out.
  if (aside.checked.includes(column))
    return fragment`case when ${tableOf(aside.trials[column]!)}(${from}::text) then ${from}::text::${exactType(typeNow(aside, column))} end${as}`
  return aside.cast.includes(column)
    ? fragment`${from}::${typeOf(typeNow(aside, column))}${as}`
    : fragment`${from}${as}`
}

const rowsNow = (aside: Aside, relation: Fragment, facts: readonly string[]): Fragment =>
  fragment`(select ${join([...aside.columns.map((column) => columnNow(aside, column)), ...facts.map((fact) => fragment`r.${name(fact)}`)], ', ')}
    from ${relation} r where ${aside.checked.length === 0 ? fragment`true` : canBeRead(aside)})`

/** The rows of a source under the live names, as the live types, with whatever else its relation tells; or those of another relation. */
export function sourceRows(aside: Aside, other?: Fragment): Fragment {
  const { source, cast, renamed, readable } = aside
  if (readable && !other) return tableOf(readable)
  const relation = other ?? tableOf(source.relation)
  if (cast.length === 0 && Object.keys(renamed).length === 0) return relation
  return rowsNow(aside, relation, other ? [] : (source.facts ?? []))
}

/**
 * Copies the rows of a source that can be read as the live types to a temporary table and says how many cannot. Throws
 * AppError `columns-differ` where values cannot be tried in this database.
 */
export async function readReadable(scope: RowsScope, aside: Aside): Promise<void> {
  const { source, checked, notes } = aside
  const suffix = randomBytes(5).toString('hex')
  for (const [i, column] of checked.entries()) {
    const trial = temporary(`holdfast_reads_${suffix}_${i}`)
    const body = `begin return ${staysTheSame(typeNow(aside, column)).parts.join('')}; exception when others then return false; end`
    await runSql(
      scope,
      fragment`create function ${tableOf(trial)} (value text) returns boolean language plpgsql stable as ${{ parts: [`$holdfast$${body}$holdfast$`] }}`,
    ).catch((cause) => {
      throw new AppError(
        'columns-differ',
        `“${column}” holds less than it did, and its values cannot be tried.`,
        {
          kind: 'refused',
          hint: 'The role may not make temporary functions. Leave this table out.',
          cause,
        },
      )
    })
    aside.trials[column] = trial
  }
  const relation = temporary(`holdfast_readable_${suffix}`)
  await make(
    scope,
    relation,
    fragment`select * from ${rowsNow(aside, tableOf(source.relation), source.facts ?? [])} s`,
  )
  await runSql(scope, fragment`analyze ${tableOf(relation)}`)
  const out = (await countRows(scope, source.relation)) - (await countRows(scope, relation))
  if (out > 0)
    notes.push(`${rowsText(out)} of the source stay out: their values do not fit the columns any more.`)
  aside.readable = relation
}
