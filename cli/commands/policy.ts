import type { Command } from 'commander'
import { addCommand, requireDone } from '#cli/command.ts'
import { showNeedsApproval } from '#cli/plan-operation.ts'
import { readDocument } from '#cli/read-document.ts'
import type { Ctx } from '#lib/context.ts'
import { brokenGlassWarning } from '#lib/guards/break-glass.ts'
import { requestPolicyWeakening } from '#lib/guards/request-policy-weakening.ts'
import type { RequestedOperation } from '#lib/operations/request-operation.ts'
import { applyPolicy } from '#lib/targets/apply-policy.ts'
import { listTables } from '#lib/targets/introspect.ts'
import { withTarget } from '#lib/targets/open-target.ts'
import { getPolicy, getTargetByName } from '#lib/targets/queries.ts'
import { suggestPolicy } from '#lib/targets/suggest-policy.ts'

const pretty = (document: unknown): string => JSON.stringify(document, null, 2)

const requestWeakening = async (
  ctx: Ctx,
  name: string,
  document: unknown,
  reason: unknown,
): Promise<RequestedOperation> => {
  const { id: targetId } = await getTargetByName(ctx.db, name)
  const why = reason ?? `A policy of ${name} that protects less than before.`
  return requireDone(await requestPolicyWeakening(ctx, { targetId, reason: why, request: { document } }))
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
    about:
      'put a policy in force (JSON; - reads standard input); what protects a production target less takes another person',
    options: [['--reason <text>', 'why, for the audit']],
    async run(door, [name, file], { reason }) {
      const { ctx, say } = door
      const document = readDocument(file!)
      const outcome = await applyPolicy(ctx, { name, document, reason })
      if (!outcome.ok && outcome.refusal.code === 'second-person-needed') {
        say(outcome.refusal.reason)
        return showNeedsApproval(door, await requestWeakening(ctx, name!, document, reason))
      }
      const applied = requireDone(outcome)
      if (applied.brokeGlass) say(`WARNING: ${brokenGlassWarning}`)
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
