import { colors, paintState, table } from '#cli/output.ts'
import { type Comparison, countDrift, countLost } from '#lib/drift/queries.ts'
import type { DriftSample, FoundReference, FoundTable } from '#lib/drift/types.ts'

/** A comparison as `--json` shows it, everywhere. */
export function comparisonToJson({ found, masterName, targetName, ...rest }: Comparison) {
  const { masterId: _, targetId: __, tables: asked, ...known } = rest
  return {
    ...known,
    master: masterName,
    target: targetName,
    asked,
    tables: found?.tables ?? [],
    references: found?.references ?? [],
    orphans: countLost(found),
    uncompared: found?.uncompared ?? null,
    unchecked: found?.unchecked ?? [],
    lookedAgainAt: found?.lookedAgainAt ?? null,
  }
}

const stateOf = ({ status, inSync }: Comparison): string =>
  status !== 'compared' ? status : inSync ? 'in sync' : 'drift'

const paint = (comparison: Comparison): string => {
  const state = stateOf(comparison)
  if (state === 'in sync') return colors.green(state)
  return state === 'drift' ? colors.red(state) : paintState(state)
}

const valuesText = (values: Record<string, string | null> | undefined): string =>
  Object.entries(values ?? {})
    .slice(0, 6)
    .map(([column, value]) => `${column}=${value ?? '∅'}`)
    .join(', ')

function sampleText({ kind, key, master, target }: DriftSample): string {
  if (kind === 'missing') return `  only in the master  ${key}  ${valuesText(master)}`
  if (kind === 'extra') return `  only in the target  ${key}  ${valuesText(target)}`
  return `  changed             ${key}  ${valuesText(master)} → ${valuesText(target)}`
}

function columnsText({ columns }: FoundTable): string[] {
  const { onlyMaster, onlyTarget, retyped, ignored } = columns
  return [
    onlyMaster.length > 0 ? `  columns only in the master, not compared: ${onlyMaster.join(', ')}` : null,
    onlyTarget.length > 0 ? `  columns only in the target, not compared: ${onlyTarget.join(', ')}` : null,
    ...retyped.map(
      ({ column, master, target }) =>
        `  ${column} is ${master} in the master and ${target} in the target: not compared`,
    ),
    ignored.length > 0 ? `  left out as asked: ${ignored.join(', ')}` : null,
  ].filter((line) => line !== null)
}

const tableText = (found: FoundTable): string =>
  [
    `\n${found.table}${found.masterTable === found.table ? '' : ` (${found.masterTable} in the master)`}`,
    ...found.changedColumns.slice(0, 8).map(({ column, rows }) => `  ${column} differs in ${rows}`),
    ...columnsText(found),
    ...found.notes.map((note) => `  ${note}`),
    ...found.samples.map(sampleText),
  ].join('\n')

const referenceText = ({ side, table: from, columns, references, orphans, empty, samples }: FoundReference) =>
  `  ${side}: ${from}.${columns.join(',')} → ${references}: ${orphans} lead nowhere${empty > 0 ? `, ${empty} refer to nothing` : ''}${samples.length > 0 ? ` (e.g. ${samples.slice(0, 3).join('; ')})` : ''}`

/** A comparison as people read it. */
export function comparisonToText(comparison: Comparison): string {
  const { masterName, targetName, found, error, masterReadAt, targetReadAt } = comparison
  const lines = [`${colors.bold(`${targetName} against ${masterName}`)}  ${paint(comparison)}`]
  if (masterReadAt && targetReadAt)
    lines.push(
      `${masterName} read at ${masterReadAt.toISOString()}, ${targetName} at ${targetReadAt.toISOString()}, each by its own clock.`,
    )
  if (error)
    lines.push(`${colors.red(error.code)}: ${error.message}${error.hint ? `\nHINT: ${error.hint}` : ''}`)
  if (!found) return lines.join('\n')
  lines.push(
    '',
    table(
      ['table', 'master', 'target', 'missing', 'extra', 'changed', 'settled'],
      found.tables.map((each) => [
        each.inSync ? each.table : colors.red(each.table),
        each.masterRows,
        each.targetRows,
        each.missing,
        each.extra,
        each.changed,
        each.settled,
      ]),
    ),
    ...found.tables
      .filter((each) => !each.inSync || each.notes.length > 0 || each.columns.ignored.length > 0)
      .map(tableText),
  )
  const told = found.references.filter(({ orphans, empty }) => orphans + empty > 0)
  if (told.length > 0) lines.push('\nreferences', ...told.map(referenceText))
  const { onlyMaster, onlyTarget, withoutKey } = found.uncompared
  const left = [
    onlyMaster.length > 0 ? `only in ${masterName}: ${onlyMaster.join(', ')}` : null,
    onlyTarget.length > 0 ? `only in ${targetName}: ${onlyTarget.join(', ')}` : null,
    withoutKey.length > 0 ? `without a key: ${withoutKey.join(', ')}` : null,
    ...found.unchecked,
  ].filter((line) => line !== null)
  if (left.length > 0) lines.push('\nnot compared', ...left.map((line) => `  ${line}`))
  if (comparison.status === 'compared' && !comparison.inSync)
    lines.push(
      '',
      `See what would make ${targetName} like ${masterName}: holdfast drift plan ${masterName} ${targetName} --tables ${found.tables
        .filter(({ inSync }) => !inSync)
        .map((each) => each.table)
        .join(',')} --reason …`,
    )
  return lines.join('\n')
}

export const listingToText = (comparisons: readonly Comparison[]): string =>
  comparisons.length === 0
    ? 'No comparison yet. Make one: holdfast drift compare MASTER TARGET'
    : table(
        ['id', 'at', 'target', 'master', 'mirror', 'state', 'missing', 'extra', 'changed', 'orphans'],
        comparisons.map((comparison) => {
          const { missing, extra, changed } = countDrift(comparison.found)
          return [
            comparison.id,
            comparison.createdAt.toISOString(),
            comparison.targetName,
            comparison.masterName,
            comparison.mirror,
            paint(comparison),
            missing,
            extra,
            changed,
            countLost(comparison.found),
          ]
        }),
      )
