import type { Command } from 'commander'
import {
  addCommand,
  type CommandOptions,
  type CommandResult,
  type Door,
  doJob,
  requireDone,
} from '#cli/command.ts'
import { comparisonToJson, comparisonToText, listingToText } from '#cli/drift-text.ts'
import { readTables } from '#cli/journal-options.ts'
import { showPlan } from '#cli/plan-operation.ts'
import { countLost, getComparison, listComparisons } from '#lib/drift/queries.ts'
import { requestDriftComparison } from '#lib/drift/request-drift-comparison.ts'
import { requestSyncRepair } from '#lib/drift/request-sync-repair.ts'
import { AppError } from '#lib/errors.ts'
import { formatTable, parseTable } from '#lib/sql/identifier.ts'
import type { Policy } from '#lib/targets/policy.ts'
import { getPolicy, getTargetByName } from '#lib/targets/queries.ts'

const usage = (message: string, hint: string) => new AppError('usage', message, { kind: 'invalid', hint })

/** `public.leads=public.prospects,…`: the target's name of a table, then the master's. */
function readNames(text: unknown): Record<string, string> {
  return Object.fromEntries(
    readTables(text).map((pair) => {
      const names = pair.split('=').map((name) => parseTable(name.trim()))
      if (names.length !== 2 || names.includes(null))
        throw usage(`“${pair}” is no pair of names.`, 'Write --names public.leads=public.prospects')
      return names.map((name) => formatTable(name!)) as [string, string]
    }),
  )
}

/** `public.leads.synced_at,…`: the last part is the column. */
function readColumns(text: unknown): Record<string, string[]> {
  const columns: Record<string, string[]> = {}
  for (const part of readTables(text)) {
    const match = /^(.+)\.("(?:[^"]|"")+"|[^".]+)$/.exec(part)
    const table = match ? parseTable(match[1]!) : null
    if (!match || !table) throw usage(`“${part}” is no column.`, 'Write --ignore public.leads.synced_at')
    const column = match[2]!.replace(/^"|"$/g, '').replaceAll('""', '"')
    columns[formatTable(table)] = [...(columns[formatTable(table)] ?? []), column]
  }
  return columns
}

async function findMirror(
  door: Door,
  [master, target]: string[],
  wanted: string,
): Promise<Policy['mirrors'][number]> {
  const { id } = await getTargetByName(door.ctx.db, target!)
  const { mirrors } = (await getPolicy(door.ctx.db, id)).document
  const mirror = mirrors.find(({ name }) => name === wanted)
  if (mirror?.master === master) return mirror!
  throw usage(
    mirror
      ? `The master of the mirror “${wanted}” is ${mirror.master}, not ${master}.`
      : `The policy of ${target} has no mirror “${wanted}”.`,
    `See them: holdfast policy show ${target}`,
  )
}

async function compare(door: Door, names: string[], options: CommandOptions): Promise<CommandResult> {
  const [master, target] = names
  const mirror = typeof options.mirror === 'string' ? await findMirror(door, names, options.mirror) : null
  const { comparisonIds, jobRunId } = requireDone(
    await requestDriftComparison(door.ctx, {
      target,
      ...(mirror
        ? { mirror: mirror.name }
        : {
            master,
            tables: readTables(options.tables),
            names: readNames(options.names),
            ignoredColumns: readColumns(options.ignore),
          }),
    }),
  )
  await doJob(door, jobRunId)
  return showComparison(door, comparisonIds[0]!)
}

async function showComparison(door: Door, id: string): Promise<CommandResult> {
  const comparison = await getComparison(door.ctx.db, id)
  const isWell = comparison.inSync === true && countLost(comparison.found) === 0
  return {
    json: comparisonToJson(comparison),
    text: comparisonToText(comparison),
    exit: isWell ? 0 : comparison.status === 'compared' ? 3 : 1,
  }
}

async function plan(door: Door, given: string[], options: CommandOptions): Promise<CommandResult> {
  const master = await getTargetByName(door.ctx.db, given[0]!)
  const target = await getTargetByName(door.ctx.db, given[1]!)
  const mirror = typeof options.mirror === 'string' ? await findMirror(door, given, options.mirror) : null
  return showPlan(
    door,
    requireDone(
      await requestSyncRepair(door.ctx, {
        targetId: target.id,
        reason: options.reason ?? '',
        ...(typeof options.incident === 'string' ? { incidentId: options.incident } : {}),
        request: {
          source: {
            kind: 'target',
            targetId: master.id,
            names: mirror?.names ?? readNames(options.names),
            ignoredColumns: mirror?.ignoredColumns ?? readColumns(options.ignore),
          },
          tables: mirror?.tables ?? readTables(options.tables),
          rows: options.rows,
        },
      }),
    ),
  )
}

const tablesOption = [
  '--tables <list>',
  'only these tables, by their names in the target; default: all that both have, and that have a key',
] as const
const namesOption = [
  '--names <list>',
  'where the master calls a table otherwise: public.leads=public.prospects,…',
] as const
const mirrorOption = [
  '--mirror <name>',
  'the tables and names of this mirror of the target’s policy',
] as const

const ignoreOption = ['--ignore <list>', 'columns that may differ: public.leads.synced_at,…'] as const

/** `holdfast drift …`: do two databases agree, and make one like the other. */
export function addDriftCommands(program: Command): void {
  const drift = program.command('drift').description('do two databases agree, down to the row')
  addCommand(drift, {
    usage: 'compare <master> <target>',
    about: 'read both and say how they differ; exit 3 when they do, 1 when one of them could not be read',
    options: [tablesOption, namesOption, mirrorOption, ignoreOption],
    run: compare,
  })
  addCommand(drift, {
    usage: 'plan <master> <target>',
    about: 'compute what makes the target like the master; nothing is written before it is approved and run',
    options: [
      tablesOption,
      namesOption,
      mirrorOption,
      ignoreOption,
      [
        '--rows <mode>',
        'missing: only rows that the target lacks; changed: changed ones too; all: and delete what only the target has',
        'changed',
      ],
      ['--incident <id>', 'the incident that this belongs to'],
      ['--reason <text>', 'why; kept in the record'],
    ],
    run: plan,
  })
  addCommand(drift, {
    usage: 'list <target>',
    about: 'the comparisons that this target took part in, newest first',
    async run(door, [name]) {
      const target = await getTargetByName(door.ctx.db, name!)
      const comparisons = await listComparisons(door.ctx.db, target.id)
      return { json: { comparisons: comparisons.map(comparisonToJson) }, text: listingToText(comparisons) }
    },
  })
  addCommand(drift, {
    usage: 'show <id>',
    about: 'one comparison; exit as compare',
    run: (door, [id]) => showComparison(door, id!),
  })
}
