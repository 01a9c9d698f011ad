import type { Command } from 'commander'
import { addCommand } from '#cli/command.ts'
import { table } from '#cli/output.ts'
import { AppError } from '#lib/errors.ts'
import { countOf, formatCount } from '#lib/format/format-count.ts'
import { changeProtection, protectionOf } from '#lib/guards/change-protection.ts'
import { watchTarget } from '#lib/guards/collect-guard-events.ts'
import { type BudgetAct, type BudgetDryRun, dryRunBudgets, dryRunDays } from '#lib/guards/dry-run-budget.ts'
import { formatTable, parseTable } from '#lib/sql/identifier.ts'
import { type Budget, type Policy, policyTable } from '#lib/targets/policy.ts'
import { getPolicy, getTargetByName } from '#lib/targets/queries.ts'

type Options = Record<string, string | boolean | undefined>

/** `holdfast guards dry-run`: what a budget would have refused lately. */
export function addGuardsDryRunCommand(guards: Command): void {
  addCommand(guards, {
    usage: 'dry-run <target>',
    about: 'try a budget on what the guards saw in the last 30 days; changes nothing',
    options: [
      ['--table <name>', 'the protected table'],
      ['--statement-rows <number>', 'most rows in one statement'],
      ['--transaction-rows <number>', 'most rows in one transaction'],
      ['--window-rows <number>', 'most rows of all transactions in the window'],
      ['--window-minutes <number>', 'how long the window is'],
      ['--role <name>', 'the budget of this role alone'],
      ['--updates', 'the budget of updates instead of deletes'],
    ],
    async run({ ctx }, [name], options) {
      const target = await getTargetByName(ctx.db, name!)
      const { document } = await getPolicy(ctx.db, target.id)
      const parsed = typeof options.table === 'string' ? parseTable(options.table) : null
      if (!parsed) {
        throw new AppError('invalid-input', 'Name the table: --table schema.name', { kind: 'invalid' })
      }
      const wanted = formatTable(parsed)
      if (!document.protectedTables.some((entry) => formatTable(policyTable(entry.table)) === wanted)) {
        throw new AppError(
          'table-not-protected',
          `${wanted} is not protected, so nothing of it was recorded.`,
          {
            kind: 'invalid',
            hint: `Protect it in the policy first: holdfast policy show ${name}`,
          },
        )
      }
      const changed = {
        ...rowsOption(options, 'statementRows'),
        ...rowsOption(options, 'transactionRows'),
        ...rowsOption(options, 'windowRows'),
        ...rowsOption(options, 'windowMinutes', 1),
      }
      const act = options.updates === true ? 'update' : 'delete'
      const role = typeof options.role === 'string' ? options.role : null
      await watchTarget(ctx, target.id)
      const tried = tryInstead(document, wanted, act, role, changed)
      const trials = await dryRunBudgets(ctx.db, target.id, tried, wanted)
      const trial = trials.find((one) => one.act === act && one.role === role)
      if (!trial) {
        throw new AppError('no-such-budget', `${wanted} has no budget for ${act}s.`, {
          kind: 'invalid',
          hint: 'Name the columns whose updates count in the policy: protectedTables[].updates.columns',
        })
      }
      return { json: { target: name, ...trial }, text: describe(trial) }
    },
  })
}

/** The policy with these limits over one of a table's budgets. */
function tryInstead(
  policy: Policy,
  table: string,
  act: BudgetAct,
  role: string | null,
  changed: Budget,
): Policy {
  const entry = protectionOf(policy, table)
  if (role !== null) {
    const agents = policy.agents.map((agent) =>
      agent.role === role ? { role, budget: { ...agent.budget, ...changed } } : agent,
    )
    const roles = { ...entry.roles, [role]: { ...entry.roles[role], ...changed } }
    return changeProtection({ ...policy, agents }, { ...entry, roles })
  }
  if (act === 'delete') return changeProtection(policy, { ...entry, budget: { ...entry.budget, ...changed } })
  if (!entry.updates) return policy
  const updates = { ...entry.updates, budget: { ...entry.updates.budget, ...changed } }
  return changeProtection(policy, { ...entry, updates })
}

function rowsOption(options: Options, key: string, least = 0): Record<string, number> {
  const text = options[key]
  if (text === undefined) return {}
  const value = Number(text)
  if (!Number.isSafeInteger(value) || value < least) {
    throw new AppError('invalid-input', `${String(text)} is not a whole number of ${least} or more.`, {
      kind: 'invalid',
    })
  }
  return { [key]: value }
}

function describe(trial: BudgetDryRun): string {
  const seen = `${countOf(trial.events, 'change')} of ${trial.table} in the last ${dryRunDays} days`
  const lines =
    trial.events === 0
      ? [`There were no changes of ${trial.table} in the last ${dryRunDays} days to try it on.`]
      : [
          trial.refused.length === 0
            ? `This budget would have refused none of the ${seen} that passed.`
            : `Of ${seen}, this budget would have refused ${formatCount(trial.refused.length)} that passed:`,
        ]
  if (trial.refused.length > 0) {
    lines.push(
      table(
        ['at', 'rows', 'limit', 'counted', 'allowed', 'role', 'application'],
        trial.refused.map(({ event, limit, counted, allowed }) => [
          event.at.toISOString(),
          event.rows,
          limit,
          counted,
          allowed,
          event.role,
          event.application,
        ]),
      ),
    )
  }
  if (trial.passed.length > 0) {
    lines.push(
      '',
      `It would have let through ${formatCount(trial.passed.length)} that ${trial.passed.length === 1 ? 'was' : 'were'} refused:`,
      table(
        ['at', 'rows', 'role', 'application'],
        trial.passed.map((event) => [event.at.toISOString(), event.rows, event.role, event.application]),
      ),
    )
  }
  if (trial.unknown > 0) {
    lines.push('', `Of ${countOf(trial.unknown, 'refused attempt')} the rows are not known.`)
  }
  if (trial.isCut) lines.push('', 'There were more changes than can be judged at once; the newest were.')
  return lines.join('\n')
}
