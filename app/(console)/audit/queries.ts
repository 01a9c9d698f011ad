import { z } from 'zod'
import { defineRead } from '#app/_web/read.ts'
import { getChainState, listAuditEntries } from '#lib/audit/queries.ts'
import { listTargets } from '#lib/targets/queries.ts'

export const auditPageSize = 50

export const auditRead = defineRead({
  name: 'audit',
  topics: ['audit'],
  audience: 'role',
  input: z.object({
    actor: z.string().max(200).optional(),
    action: z.string().max(200).optional(),
    outcome: z.enum(['done', 'refused', 'failed']).optional(),
    target: z.string().max(200).optional(),
    people: z.boolean().optional(),
    from: z.coerce.date().optional(),
    until: z.coerce.date().optional(),
    before: z.coerce.number().int().positive().optional(),
  }),
  async read({ db, user }, filter) {
    const [page, chain, targets] = await Promise.all([
      listAuditEntries(db, { ...filter, limit: auditPageSize }),
      getChainState(db),
      listTargets(db),
    ])
    return { role: user.role, ...page, chain, targets: targets.map(({ name }) => name) }
  },
})
