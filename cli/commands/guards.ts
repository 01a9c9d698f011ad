import type { Command } from 'commander'
import { addCommand, type Door, doJob, requireDone } from '#cli/command.ts'
import { addAgentCommands } from '#cli/commands/guards-agents.ts'
import { addGuardsDryRunCommand } from '#cli/commands/guards-dry-run.ts'
import { addGuardsLetGo } from '#cli/commands/guards-let-go.ts'
import { addGuardsUndo } from '#cli/commands/guards-undo.ts'
import { paintState, table } from '#cli/output.ts'
import { showNeedsApproval } from '#cli/plan-operation.ts'
import { brokenGlassWarning } from '#lib/guards/break-glass.ts'
import { watchTarget } from '#lib/guards/collect-guard-events.ts'
import { planGuards } from '#lib/guards/plan-guards.ts'
import { listBlockedAttempts } from '#lib/guards/queries.ts'
import type { GuardRemoval } from '#lib/guards/remove-guards.ts'
import { requestGuardInstallation } from '#lib/guards/request-guard-installation.ts'
import { requestGuardRemoval } from '#lib/guards/request-guard-removal.ts'
import { requestGuardVerification } from '#lib/guards/request-guard-verification.ts'
import type { GuardReport } from '#lib/guards/types.ts'
import { withTarget } from '#lib/targets/open-target.ts'
import { getPolicy, getTargetByName } from '#lib/targets/queries.ts'

const isOutdated = ({ tables }: GuardReport): boolean =>
  tables.some(({ state }) => state === 'outdated') && !tables.some(({ state }) => state === 'tampered')

const reportText = (report: GuardReport, target: string): string =>
  [
    table(
      ['table', 'guard', 'problems'],
      report.tables.map(({ table: name, state, problems }) => [
        name,
        paintState(state),
        problems.join(' ').slice(0, 120),
      ]),
    ),
    ...(report.uncovered.length > 0
      ? ['', `New tables that nobody covers: ${report.uncovered.join(', ')}`]
      : []),
    ...(isOutdated(report)
      ? ['', `Outdated is not damaged. Install the guards again: holdfast guards install ${target}`]
      : []),
    '',
    'Known ways past the guards:',
    ...report.gaps.map((gap) => `  ${gap.what}: ${gap.why}`),
  ].join('\n')

/** Runs a verification or installation and gives its report; anything but whole guards is exit code 3. */
async function reportOf(door: Door, target: string, jobRunId: string) {
  const run = await doJob(door, jobRunId)
  const report = run.result as GuardReport
  return {
    json: report,
    text: reportText(report, target),
    exit: report.installed ? (0 as const) : (3 as const),
  }
}

const allowanceHelp = `
A delete beyond its budget, once: holdfast permits request <target>.
A job that does it every night has a standing allowance, with its ceiling: a budget of its own for its role in the policy,
  "protectedTables": [{ "table": "public.visits", "roles": { "nightly_purge": { "statementRows": 5000, "windowRows": 20000 } } }]
It holds instead of the table's budget; what goes is counted and journaled like anything else.`

/** `holdfast guards …`: the triggers in the target that refuse to lose data. */
export function addGuardsCommands(program: Command): void {
  const guards = program.command('guards').description('what the database itself refuses')
  guards.addHelpText('after', allowanceHelp)
  addGuardsDryRunCommand(guards)
  addAgentCommands(guards)

  addCommand(guards, {
    usage: 'plan <target>',
    about: 'show every statement that an installation would run; changes nothing',
    async run({ ctx }, [name]) {
      const target = await getTargetByName(ctx.db, name!)
      const { document } = await getPolicy(ctx.db, target.id)
      const { statements, objects, gaps } = await withTarget(
        ctx,
        target.id,
        'guard',
        { purpose: 'guards plan' },
        ({ sql }) => planGuards(sql, document),
      )
      const wrong = objects.filter((object) => object.state !== 'right')
      return {
        json: { target: name, statements, objects: wrong, gaps },
        text:
          statements.length === 0
            ? 'Everything is in place; an installation would run nothing.'
            : statements.map((statement) => `${statement.trim().replace(/;$/, '')};`).join('\n\n'),
      }
    },
  })

  addCommand(guards, {
    usage: 'install <target>',
    about: 'install or repair the guards that the policy asks for',
    async run(door, [target]) {
      return reportOf(
        door,
        target!,
        requireDone(await requestGuardInstallation(door.ctx, { target })).jobRunId,
      )
    },
  })

  addCommand(guards, {
    usage: 'verify <target>',
    about:
      'compare the guards with what was installed: disabled, replaced, missing (tampered), or to be renewed (outdated)',
    async run(door, [target]) {
      return reportOf(
        door,
        target!,
        requireDone(await requestGuardVerification(door.ctx, { target })).jobRunId,
      )
    },
  })

  addCommand(guards, {
    usage: 'remove <target>',
    about: 'take every guard and journal out of the target; on production another person approves it',
    options: [['--reason <text>', 'why; kept in the record']],
    async run(door, [target], { reason }) {
      const requested = requireDone(await requestGuardRemoval(door.ctx, { target, reason }))
      const { jobRunId, operationId, brokeGlass } = requested
      if (operationId) return showNeedsApproval(door, { operationId, jobRunId })
      if (brokeGlass) door.say(`WARNING: ${brokenGlassWarning}`)
      const removal = (await doJob(door, jobRunId)).result as GuardRemoval
      return {
        json: { ...removal, brokeGlass },
        text: `Removed; nothing of the guards is left in ${target}. ${removal.journaledRows} journaled rows went with them.${removal.stays.length > 0 ? `\nNo guards, so they stay until their time is over: ${removal.stays.join(', ')}.` : ''}${brokeGlass ? `\n${brokenGlassWarning}` : ''}`,
      }
    },
  })

  addGuardsLetGo(guards)
  addGuardsUndo(guards)

  addCommand(guards, {
    usage: 'blocked <target>',
    about: 'what the guards refused: when, how many rows, who',
    options: [['--limit <number>', 'the newest so many', '50']],
    async run({ ctx }, [name], { limit }) {
      const target = await getTargetByName(ctx.db, name!)
      await watchTarget(ctx, target.id)
      const attempts = await listBlockedAttempts(ctx.db, target.id, Math.max(Number(limit) || 50, 1))
      return {
        json: { target: name, count: attempts.length, attempts },
        text:
          attempts.length === 0
            ? 'Nothing was refused so far.'
            : table(
                ['at', 'table', 'rows', 'role', 'application', 'address', 'statement'],
                attempts.map((attempt) => [
                  attempt.at.toISOString(),
                  attempt.table,
                  attempt.rows,
                  attempt.role,
                  attempt.application,
                  attempt.address,
                  attempt.statement?.replace(/\s+/g, ' ').slice(0, 60),
                ]),
              ),
      }
    },
  })
}
