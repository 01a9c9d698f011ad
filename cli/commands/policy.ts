import { readFileSync } from 'node:fs'
import type { Command } from 'commander'
import { addCommand, requireDone } from '#cli/command.ts'
import { AppError, messageOf } from '#lib/errors.ts'
import { applyPolicy } from '#lib/targets/apply-policy.ts'
import { listTables } from '#lib/targets/introspect.ts'
import { withTarget } from '#lib/targets/open-target.ts'
import { getPolicy, getTargetByName } from '#lib/targets/queries.ts'
import { suggestPolicy } from '#lib/targets/suggest-policy.ts'

const pretty = (document: unknown): string => JSON.stringify(document, null, 2)

function readDocument(file: string): unknown {
  let text: string
  try {
    text = readFileSync(file === '-' ? 0 : file, 'utf8')
  } catch (error) {
    throw new AppError('file-unreadable', `${file} cannot be read: ${messageOf(error)}`, { kind: 'invalid' })
  }
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new AppError('file-not-json', `${file} is not JSON: ${messageOf(error)}`, { kind: 'invalid' })
  }
}

export function addPolicyCommands(program: Command): void {
  const policy = program.command('policy').description('what a target’s protection is')

  addCommand(policy, {
    usage: 'suggest <target>',
    about: 'read the schema and propose a policy; applies nothing',
    async run({ ctx }, [name]) {
      const target = await getTargetByName(ctx.db, name!)
      const document = await withTarget(
        ctx,
        target.id,
        'watch',
        { purpose: 'suggest policy' },
        async ({ sql }) => suggestPolicy(sql, await listTables(sql)),
      )
      return { json: document, text: pretty(document) }
    },
  })

  addCommand(policy, {
    usage: 'show <target>',
    about: 'the policy in force',
    async run({ ctx, say }, [name]) {
      const target = await getTargetByName(ctx.db, name!)
      const { document, version, appliedAt, appliedBy } = await getPolicy(ctx.db, target.id)
      say(`version ${version}, applied ${appliedAt.toISOString()} by ${appliedBy}`)
      return { json: document, text: pretty(document) }
    },
  })

  addCommand(policy, {
    usage: 'apply <target> <file>',
    about: 'put a policy in force (JSON; - reads standard input)',
    options: [['--reason <text>', 'why, for the audit']],
    async run({ ctx, say }, [name, file], { reason }) {
      const applied = requireDone(await applyPolicy(ctx, { name, document: readDocument(file!), reason }))
      for (const warning of applied.warnings) say(`WARNING: ${warning}`)
      return {
        json: applied.document,
        text: applied.changed
          ? `Version ${applied.version} of the policy of ${name} is in force.`
          : `This is already the policy of ${name} (version ${applied.version}); nothing changed.`,
      }
    },
  })
}
