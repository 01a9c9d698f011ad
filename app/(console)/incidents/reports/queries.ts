import { z } from 'zod'
import { defineRead } from '#app/_web/read.ts'
import { longestMonths, readReport } from '#lib/incidents/reports/read-report.ts'
import { listTargets } from '#lib/targets/queries.ts'

export const incidentReportRead = defineRead({
  name: 'incident-report',
  topics: ['incidents'],
  audience: 'everyone',
  input: z.object({
    months: z.number().int().min(1).max(longestMonths).default(12),
    /** Left out: every database. */
    target: z.string().max(100).optional(),
  }),
  async read({ db }, { months, target: name }) {
    const targets = await listTargets(db)
    const target = targets.find((each) => each.name === name) ?? null
    return {
      months: await readReport(db, { months, targetId: target?.id, timeZone: 'UTC' }, new Date()),
      asked: { months, target },
      targets: targets.map((each) => each.name),
    }
  },
})
