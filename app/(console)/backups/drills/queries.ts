import { z } from 'zod'
import { defineRead } from '#app/_web/read.ts'
import { listStoreProofs, readDrillStreak } from '#lib/backups/drills/read-drills.ts'
import { listDrills, measureProtection } from '#lib/backups/queries.ts'
import { nextOccurrence } from '#lib/jobs/occurrence.ts'
import { getPolicy, getTarget } from '#lib/targets/queries.ts'

const shownDrills = 60
/** A day of a clock change has 25 hours. */
const longestDayMs = 25 * 3_600_000

export const drillsRead = defineRead({
  name: 'drills',
  topics: ['drills', 'backups', 'targets'],
  audience: 'role',
  input: z.object({ targetId: z.uuid() }),
  async read({ db, user }, { targetId }) {
    const now = new Date()
    const [target, { document: policy }] = await Promise.all([
      getTarget(db, targetId),
      getPolicy(db, targetId),
    ])
    const { timeZone, stores, objectives, schedules } = policy
    const [drills, streak, proofs, protection] = await Promise.all([
      listDrills(db, { targetId, limit: shownDrills }),
      readDrillStreak(db, targetId, { now, timeZone }),
      listStoreProofs(db, targetId, stores),
      measureProtection(db, targetId, now),
    ])
    const nextAt = nextOccurrence(schedules.drill, timeZone, now)
    return {
      role: user.role,
      target,
      timeZone,
      // Everything that a drill compared is on its archive's own page.
      drills: drills.map(({ differences, checks, unchecked, ...drill }) => ({
        ...drill,
        differences: differences.slice(0, 1),
        differenceCount: differences.length,
        notHealthy: checks.filter(({ status }) => status !== 'healthy').length,
        uncheckedCount: unchecked.length,
      })),
      streak,
      proofs,
      provenAt: protection.provenAt,
      recoveryMs: protection.recoveryMs,
      hasArchive: protection.exposureBackupId !== null,
      objectives,
      cron: schedules.drill,
      nextAt,
      isDaily: nextOccurrence(schedules.drill, timeZone, nextAt).getTime() - nextAt.getTime() <= longestDayMs,
    }
  },
})
