import { z } from 'zod'
import { defineRead } from '#app/_web/read.ts'
import { findLastGoodFacts } from '#lib/backups/queries.ts'
import { coverTables } from '#lib/guards/coverage.ts'
import { groupDeletes } from '#lib/guards/group-deletes.ts'
import {
  countDeletedSince,
  findGuardSurvey,
  findGuardWork,
  listBlockedAttempts,
  listGuardStates,
  listNewestRowCounts,
  listRecentDeletes,
} from '#lib/guards/queries.ts'
import { getPolicy, getTarget } from '#lib/targets/queries.ts'

const hourMs = 3_600_000

export const guardsRead = defineRead({
  name: 'guards',
  topics: ['guards', 'backups', 'jobs', 'targets'],
  input: z.object({ targetId: z.uuid() }),
  async read({ db, user }, { targetId }) {
    const [target, policy, states, survey, rows, deleted, snapshot, archive, blocked, deletes, work] =
      await Promise.all([
        getTarget(db, targetId),
        getPolicy(db, targetId),
        listGuardStates(db, targetId),
        findGuardSurvey(db, targetId),
        listNewestRowCounts(db, targetId),
        countDeletedSince(db, targetId, new Date(Date.now() - hourMs)),
        findLastGoodFacts(db, targetId, 'snapshot'),
        findLastGoodFacts(db, targetId, 'archive'),
        listBlockedAttempts(db, targetId, 50),
        listRecentDeletes(db, targetId, 1_000),
        findGuardWork(db, targetId),
      ])
    return {
      role: user.role,
      target,
      survey,
      tables: coverTables(policy.document, { states, rows, deleted, snapshot, archive }),
      blocked,
      deletes: groupDeletes(deletes),
      work,
    }
  },
})
