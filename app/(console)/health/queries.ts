import { z } from 'zod'
import { defineRead } from '#app/_web/read.ts'
import { readHealthPage } from '#lib/health/read-health-page.ts'

export const historyHours = [24, 168, 720, 8_760] as const

export const healthRead = defineRead({
  name: 'health',
  topics: ['health', 'jobs'],
  audience: 'role',
  input: z.object({
    targetId: z.uuid(),
    check: z.string().max(400).optional(),
    hours: z.number().int().min(1).max(87_600).default(24),
    before: z.iso.datetime().optional(),
  }),
  async read({ db, user }, input) {
    return { role: user.role, ...(await readHealthPage(db, input)) }
  },
})
