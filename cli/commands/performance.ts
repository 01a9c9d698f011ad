import type { Command } from 'commander'
import { addCommand, doJob, requireDone } from '#cli/command.ts'
import { paintState, table } from '#cli/output.ts'
import type { DbOrTx } from '#lib/db/client.ts'
import { learnBaseline } from '#lib/performance/learn-baseline.ts'
import { listProbeReadings } from '#lib/performance/queries.ts'
import { requestPerformance } from '#lib/performance/request-performance.ts'
import type { ProbeReading } from '#lib/performance/types.ts'
import { getTargetByName } from '#lib/targets/queries.ts'

const ms = (value: number | null): string | null => (value === null ? null : `${value.toFixed(1)} ms`)

const percent = (value: number | null): string | null =>
  value === null ? null : `${value > 0 ? '+' : ''}${value.toFixed(0)} %`

const rowOf = (probe: ProbeReading) => [
  probe.name,
  probe.category,
  ms(probe.medianMs),
  ms(probe.p95Ms),
  ms(probe.baselineMs),
  percent(probe.changePercent),
  paintState(probe.verdict),
  probe.error,
]

async function tell(db: DbOrTx, targetId: string) {
  const probes = await listProbeReadings(db, targetId)
  const bad = probes.some((probe) => probe.verdict === 'regressed' || probe.verdict === 'critical')
  return {
    json: { probes },
    text:
      probes.length === 0
        ? 'The policy has no probes.'
        : table(
            ['probe', 'category', 'median', 'p95', 'baseline', 'change', 'verdict', 'error'],
            probes.map(rowOf),
          ),
    exit: bad ? (3 as const) : (0 as const),
  }
}

/** `performance measure|compare|baseline`. */
export function addPerformanceCommands(program: Command): void {
  const performance = program
    .command('performance')
    .description('timed queries against what is normal for them')

  addCommand(performance, {
    usage: 'measure <target>',
    about: 'run every probe now and compare it with its baseline (exit 3 on a regression)',
    async run(door, [name]) {
      const target = await getTargetByName(door.ctx.db, name!)
      const { jobRunId } = requireDone(await requestPerformance(door.ctx, { targetId: target.id }))
      await doJob(door, jobRunId)
      return tell(door.ctx.db, target.id)
    },
  })

  addCommand(performance, {
    usage: 'compare <target>',
    about: 'the newest measurements against the baselines, without measuring (exit 3 on a regression)',
    async run({ ctx }, [name]) {
      const target = await getTargetByName(ctx.db, name!)
      return tell(ctx.db, target.id)
    },
  })

  addCommand(performance, {
    usage: 'baseline <target>',
    about: 'declare the newest measurements normal',
    options: [['--probe <name>', 'only this probe']],
    async run({ ctx, say }, [name], options) {
      const target = await getTargetByName(ctx.db, name!)
      const { short } = requireDone(
        await learnBaseline(ctx, {
          targetId: target.id,
          ...(options.probe ? { probe: options.probe } : {}),
        }),
      )
      if (short.length > 0) say(`Too few measurements yet: ${short.join(', ')}`)
      return { ...(await tell(ctx.db, target.id)), exit: 0 }
    },
  })
}
