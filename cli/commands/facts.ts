import type { Command } from 'commander'
import { addCommand } from '#cli/command.ts'
import { table } from '#cli/output.ts'
import { readFacts } from '#lib/facts/read-facts.ts'
import type { Facts } from '#lib/facts/types.ts'
import { formatBytes } from '#lib/format/format-bytes.ts'
import { formatTable } from '#lib/sql/identifier.ts'
import { withTarget } from '#lib/targets/open-target.ts'
import { getTargetByName } from '#lib/targets/queries.ts'

const toldEveryMs = 5_000

/** What else there is besides the tables, a line each. */
function tellRest(facts: Facts): string {
  const unvalidated = facts.constraints.filter(({ validated }) => !validated)
  const { database, roles } = facts.globals ?? {}
  const rest: [string, string][] = [
    ['sequences', String(facts.sequences.length)],
    [
      'constraints',
      `${facts.constraints.length}${unvalidated.length > 0 ? `, ${unvalidated.length} of them never validated: ${unvalidated.map(({ name, table: on }) => `${name} on ${formatTable(on)}`).join(', ')}` : ''}`,
    ],
    ['definitions', String(facts.definitions.length)],
    [
      'extensions',
      facts.extensions?.map(({ name, version, schema }) => `${name} ${version} in ${schema}`).join(', ') ??
        '',
    ],
    [
      'large objects',
      facts.largeObjects
        ? `${facts.largeObjects.count}, ${formatBytes(facts.largeObjects.bytes)}, ${facts.largeObjects.checksum}`
        : '',
    ],
    ['encoding, locale', database ? `${database.encoding}, ${database.locale ?? database.collate}` : ''],
    ['roles it concerns', roles?.map(({ name }) => name).join(', ') ?? ''],
  ]
  const notCovered = facts.notCovered.map(({ name, reason }) => [name, reason])
  return [
    table(['besides', ''], rest),
    ...(notCovered.length > 0 ? [table(['not covered', 'because'], notCovered)] : []),
  ].join('\n\n')
}

/** `holdfast facts read`: what a copy must equal to be called proven, of the live database. */
export function addFactsCommands(program: Command): void {
  const facts = program
    .command('facts')
    .description('rows and checksum of every table, and all that a copy must equal')
  addCommand(facts, {
    usage: 'read <target>',
    about: 'count and checksum every table of a target, all at one moment; only reads',
    async run({ ctx, say }, [name]) {
      const target = await getTargetByName(ctx.db, name!)
      let toldAt = Date.now()
      const onProgress = (done: number, total: number, doneBytes: number, totalBytes: number) => {
        if (Date.now() - toldAt < toldEveryMs) return
        toldAt = Date.now()
        say(`${done} of ${total} tables, ${formatBytes(doneBytes)} of ${formatBytes(totalBytes)}`)
      }
      const found = await withTarget(ctx, target.id, 'backup', { purpose: 'facts read' }, ({ sql }) =>
        sql.begin('isolation level repeatable read read only', (session) =>
          readFacts(session, { onProgress }),
        ),
      )
      const tables = found.tables.map((entry) => ({
        table: formatTable(entry),
        rows: entry.rows,
        checksum: entry.checksum,
      }))
      const { takenAt, schemaFingerprint, notCovered, format, extensions, largeObjects, globals } = found
      const sequences = found.sequences.map((entry) => ({
        sequence: formatTable(entry),
        lastValue: entry.lastValue,
        isCalled: entry.isCalled,
      }))
      return {
        json: {
          takenAt,
          schemaFingerprint,
          tables,
          notCovered,
          format,
          sequences,
          constraints: found.constraints.length,
          notValidated: found.constraints
            .filter(({ validated }) => !validated)
            .map((entry) => `${entry.name} on ${formatTable(entry.table)}`),
          definitions: found.definitions.length,
          extensions,
          largeObjects,
          globals,
        },
        text: [
          table(
            ['table', 'rows', 'checksum'],
            tables.map((entry) => [entry.table, entry.rows, entry.checksum]),
          ),
          tellRest(found),
        ].join('\n\n'),
      }
    },
  })
}
