import { z } from 'zod'
import { writeStatusPage } from '#lib/status/status-page.ts'
import { defineVerb } from '#lib/verb.ts'

/** Sets the public status page's notice, or takes it away with null; publishes nothing. Safe to repeat. */
export const setStatusNotice = defineVerb({
  action: 'status.notice',
  input: z.strictObject({ notice: z.string().trim().min(1).max(500).nullable() }),
  async act({ tx, actorText }, { notice }) {
    const { isPublished } = await writeStatusPage(tx, actorText, { notice })
    return {
      value: { notice, isPublished },
      audit: { subject: 'status-page', detail: { notice } },
      changed: ['status'],
    }
  },
})
