import { z } from 'zod'
import { defineRead } from '#app/_web/read.ts'
import { findOpenIncident, getIncident } from '#lib/incidents/queries.ts'
import { findLatestSearch, listRecoveries } from '#lib/recovery/queries.ts'
import { getPolicy, getTarget } from '#lib/targets/queries.ts'

/** Who is locked out by the newest search, what they had, and the recoveries so far. */
export const recoveryRead = defineRead({
  name: 'recovery',
  topics: ['recovery', 'jobs', 'operations', 'incidents'],
  audience: 'role',
  input: z.object({ targetId: z.uuid(), incidentId: z.uuid().nullable() }),
  async read({ db, user }, { targetId, incidentId }) {
    const [target, policy, incident, search, recoveries] = await Promise.all([
      getTarget(db, targetId),
      getPolicy(db, targetId),
      incidentId ? getIncident(db, incidentId) : findOpenIncident(db, targetId),
      findLatestSearch(db, targetId),
      listRecoveries(db, targetId),
    ])
    return {
      role: user.role,
      target,
      incident: incident && { id: incident.id, number: incident.number, title: incident.title },
      memberships: policy.document.memberships.map((rule) => rule.name),
      run: search.run,
      found: search.found,
      recoveries,
      /** Since the newest search was asked for; null: never. */
      searchAgeMs: search.run ? Date.now() - search.run.createdAt.getTime() : null,
    }
  },
})
