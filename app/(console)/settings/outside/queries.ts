import { z } from 'zod'
import { defineRead } from '#app/_web/read.ts'
import { can } from '#lib/auth/permissions.ts'
import { listPeople } from '#lib/on-call/queries.ts'
import { listAccessTokens } from '#lib/status/queries.ts'
import { getStatusPage } from '#lib/status/status-page.ts'
import { listTargets } from '#lib/targets/queries.ts'

/** What the outside may see: the public page, and the tokens of machines. Never what a token is. */
export const outsideRead = defineRead({
  name: 'outside',
  topics: ['status', 'users', 'targets'],
  audience: 'role',
  input: z.null(),
  async read({ db, user }) {
    const [page, targets] = await Promise.all([getStatusPage(db), listTargets(db)])
    const mayToken = can(user.role, 'tokens.create')
    return {
      role: user.role,
      page,
      targets: targets
        .filter(({ kind }) => kind === 'application')
        .map(({ id, name, environment }) => ({ id, name, environment })),
      tokens: mayToken ? await listAccessTokens(db) : null,
      people: mayToken ? await listPeople(db) : [],
    }
  },
})
