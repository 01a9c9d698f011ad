import { readFileSync } from 'node:fs'
import type { Command } from 'commander'
import { addCommand, type CommandOptions, doJob, requireDone } from '#cli/command.ts'
import { paintState, table } from '#cli/output.ts'
import { getDeployment, listDeployments } from '#lib/deployments/queries.ts'
import { writeDeploymentReport } from '#lib/deployments/report.ts'
import { writeDeploymentHtml } from '#lib/deployments/report-html.ts'
import { requestDeployment } from '#lib/deployments/request-deployment.ts'
import type { Deployment } from '#lib/deployments/types.ts'
import { AppError } from '#lib/errors.ts'
import { getTarget, getTargetByName } from '#lib/targets/queries.ts'

const toJson = (deployment: Deployment) => ({
  id: deployment.id,
  number: deployment.number,
  title: deployment.title,
  status: deployment.status,
  verdict: deployment.verdict,
  reasons: deployment.reasons,
  steps: deployment.steps.map(({ name, status, details, evidence, durationMs }) => ({
    name,
    status,
    details,
    evidence,
    durationMs,
  })),
  requestedBy: deployment.requestedBy,
  createdAt: deployment.createdAt.toISOString(),
})

const toText = (deployment: Deployment): string =>
  [
    `Deployment ${deployment.number} “${deployment.title}”: ${paintState(deployment.verdict ?? deployment.status)}`,
    ...deployment.reasons.map((reason) => `  ${reason}`),
    '',
    table(
      ['step', 'status', 'details'],
      deployment.steps.map((step) => [step.name, paintState(step.status), step.details]),
    ),
    '',
    `Report: holdfast deployments report ${deployment.id}`,
  ].join('\n')

function readSql(options: CommandOptions, name: 'migration' | 'rollback'): string | null {
  const file = options[name]
  if (typeof file !== 'string') return null
  try {
    return readFileSync(file, 'utf8')
  } catch (cause) {
    throw new AppError('file-unreadable', `The ${name} file ${file} cannot be read.`, {
      kind: 'invalid',
      hint: 'Give the path of a file with plain SQL.',
      cause,
    })
  }
}

const text = (option: string | boolean | undefined): string | null =>
  typeof option === 'string' ? option : null

/** `deployments validate|list|report`. */
export function addDeploymentsCommands(program: Command): void {
  const deployments = program.command('deployments').description('validate a change before it is shipped')

  addCommand(deployments, {
    usage: 'validate <target>',
    about: 'rehearse a migration on a restored copy and say APPROVED or BLOCKED (exit 3)',
    options: [
      ['--migration <file>', 'the SQL that will be run'],
      ['--rollback <file>', 'the SQL that takes it back'],
      ['--constraint <expression>', 'a CHECK that will be added: how many live rows violate it?'],
      ['--table <table>', 'the table of the constraint'],
      ['--title <text>', 'what the report calls it'],
      ['--skip', 'ship without validation in an emergency; needs --reason and leaves a report'],
      ['--reason <text>', 'why the validation is skipped'],
    ],
    async run(door, [name], options) {
      const target = await getTargetByName(door.ctx.db, name!)
      const expression = text(options.constraint)
      if (expression && !text(options.table)) {
        throw new AppError('usage', 'A constraint needs its table.', {
          kind: 'invalid',
          hint: 'Add --table schema.table',
        })
      }
      if (options.skip && !text(options.reason)) {
        throw new AppError('usage', 'A skip needs its reason.', { kind: 'invalid', hint: 'Add --reason "…"' })
      }
      const { deploymentId, jobRunId } = requireDone(
        await requestDeployment(door.ctx, {
          targetId: target.id,
          title: text(options.title) ?? text(options.migration) ?? 'Validation from the terminal',
          migration: readSql(options, 'migration'),
          rollback: readSql(options, 'rollback'),
          constraint: expression ? { table: text(options.table), expression } : null,
          skip: options.skip ? { reason: text(options.reason) } : null,
        }),
      )
      await doJob(door, jobRunId)
      const deployment = await getDeployment(door.ctx.db, deploymentId)
      return {
        json: toJson(deployment),
        text: toText(deployment),
        exit: deployment.verdict === 'APPROVED' ? 0 : deployment.verdict === 'BLOCKED' ? 3 : 1,
      }
    },
  })

  addCommand(deployments, {
    usage: 'list <target>',
    about: 'the newest deployments and their verdicts',
    async run(door, [name]) {
      const target = await getTargetByName(door.ctx.db, name!)
      const list = await listDeployments(door.ctx.db, target.id)
      return {
        json: list.map(toJson),
        text: table(
          ['number', 'id', 'title', 'verdict', 'requested by', 'at'],
          list.map((each) => [
            each.number,
            each.id,
            each.title,
            paintState(each.verdict ?? each.status),
            each.requestedBy,
            each.createdAt.toISOString(),
          ]),
        ),
      }
    },
  })

  addCommand(deployments, {
    usage: 'report <id>',
    about: 'the report of one deployment',
    options: [['--format <format>', 'md, json or html', 'md']],
    async run(door, [id], options) {
      const deployment = await getDeployment(door.ctx.db, id!)
      const target = await getTarget(door.ctx.db, deployment.targetId)
      const format = text(options.format)
      if (format === 'json')
        return { json: toJson(deployment), text: JSON.stringify(toJson(deployment), null, 2) }
      if (format === 'html')
        return { json: toJson(deployment), text: writeDeploymentHtml(deployment, target.name) }
      if (format === 'md')
        return { json: toJson(deployment), text: writeDeploymentReport(deployment, target.name) }
      throw new AppError('usage', `There is no format “${format}”.`, {
        kind: 'invalid',
        hint: 'Use md, json or html.',
      })
    },
  })
}
