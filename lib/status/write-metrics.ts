import { Gauge, type OpenMetricsContentType, Registry } from 'prom-client'
import { judgeTarget, standings } from '#lib/status/judge-state.ts'
import type { State } from '#lib/status/read-state.ts'

type Labels = Record<string, string>

/** One family: its name, what it says, its labels, and its samples; a null is left out, because it is not known. */
interface Family {
  name: string
  help: string
  labels: readonly string[]
  samples: readonly (readonly [Labels, number | null])[]
}

const secondsSince = (from: string | null, at: string): number | null =>
  from === null ? null : Math.max(0, (Date.parse(at) - Date.parse(from)) / 1000)

function targetFamilies(state: State): Family[] {
  const labels = ['target', 'environment']
  const perTarget = (value: (target: State['targets'][number]) => number | null) =>
    state.targets.map(
      (target) => [{ target: target.name, environment: target.environment }, value(target)] as const,
    )
  return [
    {
      name: 'holdfast_exposure_seconds',
      help: 'What would be lost if the database died now: the age of its newest good archive. Absent: there is none.',
      labels,
      samples: perTarget(({ archiveAt }) => secondsSince(archiveAt, state.at)),
    },
    {
      name: 'holdfast_backup_age_seconds',
      help: 'Age of the newest good backup of a kind. Absent: there is none.',
      labels: [...labels, 'kind'],
      samples: state.targets.flatMap(({ name, environment, archiveAt, snapshotAt }) => [
        [{ target: name, environment, kind: 'archive' }, secondsSince(archiveAt, state.at)] as const,
        [{ target: name, environment, kind: 'snapshot' }, secondsSince(snapshotAt, state.at)] as const,
      ]),
    },
    {
      name: 'holdfast_drill_age_seconds',
      help: 'Time since a restore was last proven. Absent: never.',
      labels,
      samples: perTarget(({ provenAt }) => secondsSince(provenAt, state.at)),
    },
    {
      name: 'holdfast_recovery_seconds',
      help: 'How long the last proven restore took.',
      labels,
      samples: perTarget(({ recoveryMs }) => (recoveryMs === null ? null : recoveryMs / 1000)),
    },
    {
      name: 'holdfast_target_reachable',
      help: '1 where the last attempt to reach the target did.',
      labels,
      samples: perTarget(({ reach }) => (reach === 'reachable' ? 1 : 0)),
    },
    {
      name: 'holdfast_target_standing',
      help: '1 for how the target stands by the evidence: critical, unknown, warning or healthy.',
      labels: [...labels, 'standing'],
      samples: state.targets.flatMap((target) => {
        const { standing: found } = judgeTarget(target, state)
        return standings.map(
          (standing) =>
            [
              { target: target.name, environment: target.environment, standing },
              standing === found ? 1 : 0,
            ] as const,
        )
      }),
    },
    {
      name: 'holdfast_check_age_seconds',
      help: 'Age of the newest check of a target. Absent: none ran.',
      labels,
      samples: perTarget(({ checkedAt }) => secondsSince(checkedAt, state.at)),
    },
    {
      name: 'holdfast_checks',
      help: 'Checks by what they found last.',
      labels: ['target', 'area', 'status', 'severity'],
      samples: state.targets.flatMap(({ name, checks }) =>
        checks.map(
          ({ area, status, severity, count }) => [{ target: name, area, status, severity }, count] as const,
        ),
      ),
    },
  ]
}

function workFamilies(state: State): Family[] {
  const { at, alerts, incidents, queue, outcomes, deliveries, workers } = state
  const names = new Map(state.targets.map(({ id, name }) => [id, name]))
  return [
    {
      name: 'holdfast_alerts',
      help: 'Alerts that are not resolved. No target: about Holdfast itself.',
      labels: ['target', 'severity', 'status'],
      samples: alerts.map(({ targetId, severity, status, count }) => [
        { target: (targetId && names.get(targetId)) ?? '', severity, status },
        count,
      ]),
    },
    {
      name: 'holdfast_incidents_open',
      help: 'Incidents that people work on.',
      labels: ['severity'],
      samples: ['INFO', 'WARNING', 'CRITICAL', 'EMERGENCY'].map((severity) => [
        { severity },
        incidents.find((each) => each.severity === severity)?.count ?? 0,
      ]),
    },
    {
      name: 'holdfast_jobs',
      help: 'Work that waits or is being done.',
      labels: ['kind', 'status'],
      samples: queue.map(({ kind, status, count }) => [{ kind, status }, count]),
    },
    {
      name: 'holdfast_job_oldest_age_seconds',
      help: 'Age of the oldest work that waits; 0: none does.',
      labels: [],
      samples: [
        [
          {},
          Math.max(
            0,
            ...queue
              .filter(({ status }) => status === 'queued')
              .map(({ oldestAt }) => secondsSince(oldestAt, at) ?? 0),
          ),
        ],
      ],
    },
    {
      name: 'holdfast_job_outcomes',
      help: 'How the work that was asked for within a day ended.',
      labels: ['kind', 'outcome'],
      samples: outcomes.map(({ kind, status, count }) => [{ kind, outcome: status }, count]),
    },
    {
      name: 'holdfast_deliveries',
      help: 'Messages of the last day, and those still to be sent.',
      labels: ['channel', 'status'],
      samples: deliveries.map(({ kind, status, count }) => [{ channel: kind, status }, count]),
    },
    {
      name: 'holdfast_worker_heartbeat_age_seconds',
      help: 'Time since any worker was last seen. Absent: none ever was.',
      labels: [],
      samples: [[{}, secondsSince(workers[0]?.seenAt ?? null, at)]],
    },
  ]
}

/** The state as text of the OpenMetrics format, or of Prometheus’ older one. */
export async function writeMetrics(
  state: State,
  readSeconds: number,
  format: 'openmetrics' | 'prometheus',
): Promise<{ text: string; contentType: string }> {
  const registry = new Registry<OpenMetricsContentType>()
  if (format === 'openmetrics') registry.setContentType(Registry.OPENMETRICS_CONTENT_TYPE)
  const families: Family[] = [
    ...targetFamilies(state),
    ...workFamilies(state),
    {
      name: 'holdfast_scrape_duration_seconds',
      help: 'How long reading all of this took, the last time that it was read.',
      labels: [],
      samples: [[{}, readSeconds]],
    },
  ]
  for (const { name, help, labels, samples } of families) {
    const known = samples.filter((sample): sample is readonly [Labels, number] => sample[1] !== null)
    const gauge = new Gauge({ name, help, labelNames: [...labels], registers: [registry] })
    // A gauge without labels begins at 0, which would be said of what is not known.
    if (labels.length === 0 && known.length === 0) gauge.remove()
    for (const [own, value] of known) gauge.set(own, value)
  }
  return { text: await registry.metrics(), contentType: registry.contentType }
}
