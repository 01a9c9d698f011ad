import { z } from 'zod'
import { defineRead } from '#app/_web/read.ts'
import { listBackups } from '#lib/backups/queries.ts'
import { measureLoss } from '#lib/incidents/measure-loss.ts'
import { findOpenIncident, getIncident } from '#lib/incidents/queries.ts'
import { listOperations } from '#lib/operations/queries.ts'
import { recommendSource } from '#lib/restores/recommend-source.ts'
import { formatTable } from '#lib/sql/identifier.ts'
import { protectedTables } from '#lib/targets/policy.ts'
import { getPolicy, getTarget } from '#lib/targets/queries.ts'

const dayMs = 86_400_000
const shownSources = 12

/** What was lost, from which copies it can be put back, and the restores so far. */
export const restoresRead = defineRead({
  name: 'restores',
  topics: ['operations', 'backups', 'incidents', 'guards'],
  input: z.object({ targetId: z.uuid(), incidentId: z.uuid().nullable() }),
  async read({ db, user }, { targetId, incidentId }) {
    const [target, policy, incident, backups, operations] = await Promise.all([
      getTarget(db, targetId),
      getPolicy(db, targetId),
      incidentId ? getIncident(db, incidentId) : findOpenIncident(db, targetId),
      listBackups(db, { targetId, limit: 60 }),
      listOperations(db, { targetId, limit: 50 }),
    ])
    const since = incident?.beganAt ?? new Date(Date.now() - dayMs)
    const losses = (await measureLoss(db, targetId, since, incident?.resolvedAt ?? null)) ?? []
    const sources = backups
      .filter(({ status, takenAt }) => status === 'good' && takenAt !== null)
      .slice(0, shownSources)
    return {
      role: user.role,
      target,
      incident: incident && {
        id: incident.id,
        number: incident.number,
        title: incident.title,
        beganAt: incident.beganAt,
      },
      since,
      losses,
      tables: protectedTables(policy.document).map(formatTable),
      sources,
      recommended: recommendSource({
        // A safety copy holds what was there in the middle of the trouble.
        backups: sources.filter(({ purpose }) => purpose !== 'safety'),
        losses,
        beganAt: incident?.beganAt ?? null,
      }),
      restores: operations.filter(({ kind }) => kind === 'restore').slice(0, 10),
    }
  },
})
