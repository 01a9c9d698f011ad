import { z } from 'zod'
import { defineRead } from '#app/_web/read.ts'
import { listEventChoices } from '#lib/guards/event-queries.ts'
import { listPermits } from '#lib/guards/permit-queries.ts'
import { listBudgets } from '#lib/guards/wanted-guards.ts'
import { formatTable } from '#lib/sql/identifier.ts'
import { policyTable } from '#lib/targets/policy.ts'
import { getPolicy, getTarget } from '#lib/targets/queries.ts'

const rolesSeenMs = 30 * 86_400_000

/** A target's deletion permits, and who has a standing allowance. The statement of an open one only for its people. */
export const permitsRead = defineRead({
  name: 'permits',
  topics: ['guards', 'operations', 'targets'],
  input: z.object({ targetId: z.uuid() }),
  async read({ db, user }, { targetId }) {
    const since = new Date(Date.now() - rolesSeenMs)
    const [target, { document }, permits, refused, letGo] = await Promise.all([
      getTarget(db, targetId),
      getPolicy(db, targetId),
      listPermits(db, targetId, { kind: 'user', userId: user.id }),
      listEventChoices(db, targetId, 'refused', since),
      listEventChoices(db, targetId, 'let-go', since),
    ])
    const isAgent = (role: string) => document.agents.some((agent) => agent.role === role)
    const tables = document.protectedTables.map((entry) => {
      const name = policyTable(entry.table)
      return { name, table: formatTable(name), hasUpdates: entry.updates !== undefined }
    })
    return {
      role: user.role,
      target: { id: target.id, name: target.name, environment: target.environment },
      permits,
      /** Who deleted or tried to lately: who a permit is usually for. */
      roles: [
        ...new Set([...refused.roles, ...letGo.roles, ...document.agents.map((agent) => agent.role)]),
      ].filter((role) => role !== null),
      tables: tables.map(({ table, hasUpdates }) => ({ table, hasUpdates })),
      allowances: tables.flatMap(({ name, table }) =>
        listBudgets(document, name)
          .filter(({ role }) => role !== '' && !isAgent(role))
          .map((budget) => ({ table, ...budget })),
      ),
    }
  },
})
