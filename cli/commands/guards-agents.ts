import type { Command } from 'commander'
import { addCommand, doJob, requireDone } from '#cli/command.ts'
import { AppError } from '#lib/errors.ts'
import type { RevokedAgent } from '#lib/guards/drop-agent-role.ts'
import { grantAgent } from '#lib/guards/grant-agent.ts'
import { issueAgentPassword } from '#lib/guards/issue-agent-password.ts'
import type { AgentRole } from '#lib/guards/make-agent-role.ts'
import { revokeAgent } from '#lib/guards/revoke-agent.ts'

/** `holdfast guards grant-agent|revoke-agent …`: a role for a script or an AI agent, under a small budget. */
export function addAgentCommands(guards: Command): void {
  addCommand(guards, {
    usage: 'grant-agent <target> [role]',
    about:
      'make a role for a script or an AI agent: small budget, no DDL, everything journaled; prints its URL once',
    options: [
      ['--statement-rows <number>', 'rows one statement may delete or overwrite (5)'],
      ['--transaction-rows <number>', 'rows one transaction may (10)'],
      ['--window-rows <number>', 'rows all together may in an hour (50)'],
    ],
    async run(door, [target, role = 'agent'], options) {
      const budget = {
        statementRows: readRows('--statement-rows', options.statementRows),
        transactionRows: readRows('--transaction-rows', options.transactionRows),
        windowRows: readRows('--window-rows', options.windowRows),
      }
      const granted = requireDone(await grantAgent(door.ctx, { target, role, budget }))
      const made = (await doJob(door, granted.jobRunId)).result as AgentRole
      const { url, statement } = requireDone(await issueAgentPassword(door.ctx, { target, role }))
      const statements = statement ? [...made.statements, statement] : made.statements
      const { statementRows, transactionRows, windowRows } = granted.budget
      const { budget: limits, policyVersion } = granted
      return {
        json: {
          target,
          role,
          url,
          budget: limits,
          policyVersion,
          made: made.made,
          statements,
          warnings: made.warnings,
        },
        text: [
          ...(statements.length > 0
            ? [
                'Holdfast may not make roles here. Run this as a superuser:',
                '',
                ...statements.map((one) => `${one};`),
                '',
              ]
            : []),
          `The agent connects with this, which is shown once and kept nowhere:`,
          '',
          url,
          '',
          `It may delete or overwrite ${statementRows} rows of a protected table in a statement, ${transactionRows} in a transaction, ${windowRows} in an hour, and change no schema. What it does is in the journal: holdfast guards blocked ${target}`,
          ...made.warnings,
        ].join('\n'),
      }
    },
  })

  addCommand(guards, {
    usage: 'revoke-agent <target> [role]',
    about: 'end an agent: its sessions, its role, its budget',
    async run(door, [target, role = 'agent']) {
      const { jobRunId } = requireDone(await revokeAgent(door.ctx, { target, role }))
      const revoked = (await doJob(door, jobRunId)).result as RevokedAgent
      return {
        json: { target, role, revoked: true, policyVersion: revoked.version },
        text: `Revoked: the role ${role} is gone from ${target}, with its sessions and its budget. What it did stays in the journal.`,
      }
    },
  })
}

function readRows(option: string, given: string | boolean | undefined): number | undefined {
  if (given === undefined) return undefined
  if (typeof given === 'string' && /^\d{1,12}$/.test(given)) return Number(given)
  throw new AppError('invalid-input', `${option}: not a number of rows.`, { kind: 'invalid' })
}
