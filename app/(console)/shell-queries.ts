import { z } from 'zod'
import { defineRead } from '#app/_web/read.ts'
import { listAlerts } from '#lib/alerts/queries.ts'
import { getSoloMode } from '#lib/auth/solo-mode.ts'
import { listIncidents } from '#lib/incidents/queries.ts'
import { listCurrentJobRuns, listLiveWorkers } from '#lib/jobs/queries.ts'
import { listOperations } from '#lib/operations/queries.ts'
import { listTargets } from '#lib/targets/queries.ts'

/** The bar on every page: targets, what runs, what fires, what waits for a person, and whether anybody works. */
export const shellRead = defineRead({
  name: 'shell',
  topics: ['targets', 'jobs', 'operations', 'alerts', 'incidents'],
  audience: 'everyone',
  input: z.null(),
  async read({ db }) {
    const [targets, jobs, operations, alerts, incidents, workers, solo] = await Promise.all([
      listTargets(db),
      listCurrentJobRuns(db),
      listOperations(db, {
        statuses: ['planned', 'awaiting-approval', 'approved', 'running', 'verifying'],
        limit: 50,
      }),
      listAlerts(db, { openOnly: true, limit: 200 }),
      listIncidents(db, { openOnly: true, limit: 20 }),
      listLiveWorkers(db),
      getSoloMode(db),
    ])
    return {
      targets: targets.map(({ id, name, kind, environment, databaseName, host }) => ({
        id,
        name,
        kind,
        environment,
        databaseName,
        host,
      })),
      jobs: jobs.map(
        ({ id, kind, targetId, status, phase, progressDone, progressTotal, requestedBy, error }) => ({
          id,
          kind,
          targetId,
          status,
          phase,
          progressDone,
          progressTotal,
          requestedBy,
          failure: error?.message ?? null,
        }),
      ),
      operations: operations.map(({ id, kind, targetId, targetName, status, sentence }) => ({
        id,
        kind,
        targetId,
        targetName,
        status,
        sentence,
      })),
      firing: alerts
        .filter(({ status }) => status === 'firing')
        .map(({ targetId, severity }) => ({ targetId, severity })),
      incidents: incidents.map(({ id, number, title, severity, status, targetId, beganAt }) => ({
        id,
        number,
        title,
        severity,
        status,
        targetId,
        beganAt,
      })),
      workers: workers.length,
      solo: { on: solo.on, since: solo.since },
    }
  },
})
