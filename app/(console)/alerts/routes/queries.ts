import { z } from 'zod'
import { defineRead } from '#app/_web/read.ts'
import { explainTelling } from '#lib/alerts/telling/explain-telling.ts'
import { readTellingPlan } from '#lib/alerts/telling/read-telling-plan.ts'
import { type Severity, severities } from '#lib/alerts/types.ts'
import { listTargets } from '#lib/targets/queries.ts'

/** What somebody wants to know: who would be told of this, then. */
const question = z.object({
  fingerprint: z.string().max(200),
  severity: z.enum(severities),
  targetId: z.uuid().nullable(),
  at: z.coerce.date().nullable(),
})

export const routesRead = defineRead({
  name: 'routes',
  topics: ['alerts', 'channels', 'on-call', 'users'],
  audience: 'role',
  input: z.object({ asked: question.nullable() }),
  async read({ db, user }, { asked }) {
    const at = asked?.at ?? new Date()
    const [plan, targets] = await Promise.all([readTellingPlan(db, at), listTargets(db)])
    const target = targets.find(({ id }) => id === asked?.targetId)
    return {
      role: user.role,
      routes: plan.routes,
      channels: plan.channels,
      rotations: plan.rotations.map(({ id, name }) => ({ id, name })),
      targets: targets.map(({ id, name, environment }) => ({ id, name, environment })),
      severities: severities as readonly Severity[],
      asked,
      explanation: asked
        ? explainTelling(plan, { ...asked, environment: target?.environment ?? null }, at)
        : null,
    }
  },
})
