import { z } from 'zod'
import { defineRead } from '#app/_web/read.ts'
import { findOpenIncident, getIncident } from '#lib/incidents/queries.ts'
import { listOperations } from '#lib/operations/queries.ts'
import { findLatestSearch } from '#lib/recovery/queries.ts'
import { getPolicy, getTarget } from '#lib/targets/queries.ts'

/** Who is locked out by the newest search, what they had, and the recoveries so far. */
export const recoveryRead = defineRead({
  name: 'recovery',
  topics: ['recovery', 'jobs', 'operations', 'incidents'],
  input: z.object({ targetId: z.uuid(), incidentId: z.uuid().nullable() }),
  async read({ db, user }, { targetId, incidentId }) {
    const [target, policy, incident, search, operations] = await Promise.all([
      getTarget(db, targetId),
      getPolicy(db, targetId),
      incidentId ? getIncident(db, incidentId) : findOpenIncident(db, targetId),
      findLatestSearch(db, targetId),
      listOperations(db, { targetId, limit: 50 }),
    ])
    return {
      role: user.role,
      target,
      incident: incident && { id: incident.id, number: incident.number, title: incident.title },
      memberships: policy.document.memberships.map((rule) => rule.name),
      run: search.run,
      found: search.found,
      recoveries: operations.filter(({ kind }) => kind === 'recovery').slice(0, 10),
    }
  },
})
