import type { Command } from 'commander'
import { addCommand, requireDone } from '#cli/command.ts'
import { paintState, table } from '#cli/output.ts'
import { AppError } from '#lib/errors.ts'
import { formatUtc } from '#lib/format/format-time.ts'
import { acceptSchemaChange } from '#lib/health/accept-schema-change.ts'
import { nameChange } from '#lib/health/schema-changes.ts'
import { diffLines } from '#lib/health/schema-diff.ts'
import { listSchemaVersions, type SchemaVersion } from '#lib/health/schema-queries.ts'
import { getTargetByName } from '#lib/targets/queries.ts'

/** What accounts for it, in words. */
function saySource({ status, deployment, acceptedBy, reason }: SchemaVersion): string {
  if (status === 'first') return 'the first look'
  if (status === 'accepted') return `accepted by ${acceptedBy}: ${reason}`
  return deployment ? `deployment #${deployment.number}, ${deployment.title}` : 'nothing accounts for it'
}

const tellDiff = (version: SchemaVersion): string =>
  version.changes
    .map((change) =>
      [
        `  ${nameChange(change)}${change.deployment === null && version.status === 'unexplained' ? '  ← unexplained' : ''}`,
        ...diffLines(change).map(({ sign, text }) => `    ${sign} ${text}`),
      ].join('\n'),
    )
    .join('\n')

function tell(versions: readonly SchemaVersion[], name: string): string {
  const open = versions.filter(({ status }) => status === 'unexplained')
  const lines = [
    table(
      ['seen', 'id', 'state', 'changes', 'because of'],
      versions.map((version) => [
        formatUtc(version.seenAt),
        version.id,
        paintState(version.status),
        version.changes.length,
        saySource(version),
      ]),
    ),
    ...open.map((version) => `\n${version.id}, seen ${formatUtc(version.seenAt)}:\n${tellDiff(version)}`),
  ]
  if (open.length > 0)
    lines.push(
      `\nTake it back in the database, or accept it: holdfast health schema ${name} --accept ${open[0]!.id} --reason '…'`,
    )
  return lines.join('\n')
}

/** `holdfast health schema`: the change log of a target's schema, and a person's word for a change in it. */
export function addHealthSchemaCommand(health: Command): void {
  addCommand(health, {
    usage: 'schema <target>',
    about: 'how the schema changed and because of what; exit 3 while a change is unexplained',
    options: [
      ['--accept <id>', 'take this unexplained change as right'],
      ['--reason <text>', 'why it is right'],
      ['--limit <number>', 'how many versions', '20'],
    ],
    async run({ ctx }, [name], options) {
      const target = await getTargetByName(ctx.db, name!)
      if (typeof options.accept === 'string') {
        const versions = await listSchemaVersions(ctx.db, target.id, 1_000)
        if (!versions.some(({ id }) => id === options.accept))
          throw new AppError('schema-version-not-found', `${name} has no schema version ${options.accept}.`, {
            kind: 'not-found',
            hint: `See them with: holdfast health schema ${name}`,
          })
        const accepted = requireDone(
          await acceptSchemaChange(ctx, { versionId: options.accept, reason: options.reason ?? '' }),
        )
        return { json: accepted, text: 'Accepted. The next health run says whether anything else is open.' }
      }
      const versions = await listSchemaVersions(ctx.db, target.id, Math.max(1, Number(options.limit) || 20))
      if (versions.length === 0)
        return { json: [], text: `The schema of ${name} was not looked at yet: holdfast health run ${name}` }
      const isOpen = versions.some(({ status }) => status === 'unexplained')
      return { json: versions, text: tell(versions, name!), exit: isOpen ? 3 : 0 }
    },
  })
}
