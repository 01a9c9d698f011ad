import { z } from 'zod'
import { defineRead } from '#app/_web/read.ts'
import { readKit } from '#lib/kit/queries.ts'
import { listSteps } from '#lib/kit/steps.ts'

/** The recovery kit: addresses, key id, the last test, and what to type. Never the key. */
export const kitRead = defineRead({
  name: 'kit',
  topics: ['jobs', 'stores', 'backups'],
  audience: 'role',
  input: z.null(),
  async read({ db, user }) {
    const kit = await readKit(db)
    return { role: user.role, ...kit, steps: listSteps(kit.stores) }
  },
})
