import type { Command } from 'commander'
import { addPlainCommand, type CommandResult } from '#cli/command.ts'
import { checkHost } from '#cli/doctor/host-checks.ts'
import { listScheduleStates, type NamedScheduleState } from '#cli/doctor/schedule-states.ts'
import {
  checkClock,
  checkQueue,
  checkSoloMode,
  checkStore,
  checkTargets,
  checkWebRole,
  checkWorkers,
} from '#cli/doctor/store-checks.ts'
import { bad, type Check } from '#cli/doctor/types.ts'
import { operator } from '#cli/door.ts'
import { asAppError } from '#cli/exit-code.ts'
import { colors, table } from '#cli/output.ts'
import type { Ctx } from '#lib/context.ts'
import { closeDb, openDb } from '#lib/db/client.ts'
import { controlDatabaseUrl, loadKeyRing } from '#lib/env.ts'

export function addDoctorCommand(program: Command): void {
  addPlainCommand(program, {
    usage: 'doctor',
    about: 'Holdfast’s own state: control database, queue, schedules, storage, keys, pg_dump, clock.',
    run: examine,
  })
}

async function examine(): Promise<CommandResult> {
  const checks = await checkHost()
  const schedules: NamedScheduleState[] = []
  try {
    const url = controlDatabaseUrl()
    const store = await checkStore(url)
    checks.unshift(store)
    if (store.ok) await examineStore(url, checks, schedules)
  } catch (error) {
    const { message, hint } = asAppError(error)
    checks.unshift(bad('control database', message, hint))
  }
  const ok = checks.every((check) => check.ok)
  return {
    json: { ok, checks, schedules },
    text: `${formatChecks(checks)}\n${formatSchedules(schedules)}\n${ok ? 'All is well.' : 'Not all is well.'}`,
    exit: ok ? 0 : 3,
  }
}

async function examineStore(url: string, checks: Check[], schedules: NamedScheduleState[]): Promise<void> {
  const keys = loadKeyRing()
  const db = openDb(url, { applicationName: 'holdfast:doctor', maxConnections: 2 })
  const ctx: Ctx = { db, keys, actor: operator() }
  try {
    checks.push(
      await checkWebRole(url, keys),
      await checkSoloMode(ctx),
      await checkWorkers(ctx),
      await checkQueue(ctx),
      await checkClock(ctx),
      ...(await checkTargets(ctx)),
    )
    schedules.push(...(await listScheduleStates(ctx, new Date())))
  } finally {
    await closeDb(db)
  }
}

const formatChecks = (checks: readonly Check[]): string =>
  checks
    .map(({ name, ok, message, hint }) => {
      const mark = ok ? colors.green('ok ') : colors.red('BAD')
      return `${mark}  ${name.padEnd(18)} ${message}${hint ? `\n     HINT: ${hint}` : ''}`
    })
    .join('\n')

function formatSchedules(schedules: readonly NamedScheduleState[]): string {
  if (schedules.length === 0) return ''
  const rows = schedules.map((state) => [
    state.target,
    state.schedule,
    state.cron,
    state.fired,
    state.missed,
    state.lastFiredAt?.toISOString() ?? null,
  ])
  return `\nSchedules of the last day\n${table(['target', 'schedule', 'when', 'fired', 'missed', 'last'], rows)}\n`
}
