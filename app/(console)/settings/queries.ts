import { z } from 'zod'
import { defineRead } from '#app/_web/read.ts'
import { can } from '#lib/auth/permissions.ts'
import { listUsers } from '#lib/auth/queries.ts'
import { readPlaces } from '#lib/backups/copies/read-places.ts'
import { getScheduleState } from '#lib/jobs/expected-runs.ts'
import { listCurrentJobRuns } from '#lib/jobs/queries.ts'
import {
  findPreflight,
  getPolicy,
  getTarget,
  listPolicyVersions,
  listTargetRequests,
  listTargetSummaries,
} from '#lib/targets/queries.ts'

const dayMs = 86_400_000

export const settingsRead = defineRead({
  name: 'settings',
  topics: ['targets', 'users', 'jobs', 'stores', 'backups'],
  audience: 'role',
  input: z.object({ targetId: z.uuid().nullable(), version: z.number().int().positive().optional() }),
  async read({ db, user }, { targetId, version }) {
    const [targets, requests, jobs, storage] = await Promise.all([
      listTargetSummaries(db),
      listTargetRequests(db),
      listCurrentJobRuns(db),
      readPlaces(db),
    ])
    const mayAdd = can(user.role, 'targets.add')
    return {
      role: user.role,
      targets,
      requests: mayAdd ? requests : [],
      storage,
      checking: jobs.some(
        (job) =>
          job.kind === 'targets.check' &&
          job.targetId === targetId &&
          (job.status === 'queued' || job.status === 'running'),
      ),
      people: can(user.role, 'users.add') ? await listUsers(db) : null,
      current: targetId ? await readCurrent(targetId, version) : null,
    }

    async function readCurrent(id: string, wanted: number | undefined) {
      const [target, policy, shown, versions, preflight] = await Promise.all([
        getTarget(db, id),
        getPolicy(db, id),
        getPolicy(db, id, wanted),
        listPolicyVersions(db, id),
        findPreflight(db, id),
      ])
      const now = new Date()
      const { schedules, timeZone } = policy.document
      const rules = Object.entries(schedules).map(async ([schedule, cron]) => ({
        schedule,
        cron,
        ...(await getScheduleState(
          db,
          { targetId: id, schedule, cron, timeZone },
          new Date(Math.max(now.getTime() - dayMs, policy.appliedAt.getTime())),
          now,
        )),
      }))
      return {
        target: { id: target.id, name: target.name, kind: target.kind, environment: target.environment },
        policy: { version: policy.version, timeZone, objectives: policy.document.objectives },
        shown: { ...shown, document: JSON.stringify(shown.document, null, 2) },
        versions,
        preflight,
        schedules: await Promise.all(rules),
      }
    }
  },
})
