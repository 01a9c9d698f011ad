import { z } from 'zod'
import { defineRead } from '#app/_web/read.ts'
import { coverDays } from '#lib/backups/calendar.ts'
import { listBackupWork } from '#lib/backups/list-work.ts'
import { getBackup, listBackups, listDrills, measureProtection } from '#lib/backups/queries.ts'
import type { Backup } from '#lib/backups/types.ts'
import { nextOccurrence } from '#lib/jobs/occurrence.ts'
import { getPolicy, getTarget } from '#lib/targets/queries.ts'

const calendarDays = 35
const dayMs = 86_400_000
const shownBackups = 60

function measureStorage(backups: readonly Backup[]) {
  const kept = backups.filter(({ status }) => status === 'good' || status === 'suspicious')
  const of = (kind: Backup['kind']) => {
    const some = kept.filter((backup) => backup.kind === kind)
    return { count: some.length, bytes: some.reduce((sum, { sizeBytes }) => sum + (sizeBytes ?? 0), 0) }
  }
  return { archives: of('archive'), snapshots: of('snapshot') }
}

export const backupsRead = defineRead({
  name: 'backups',
  topics: ['backups', 'drills', 'jobs'],
  input: z.object({ targetId: z.uuid() }),
  async read({ db, user }, { targetId }) {
    const now = new Date()
    const [target, policy, backups, drills, protection, work] = await Promise.all([
      getTarget(db, targetId),
      getPolicy(db, targetId),
      listBackups(db, { targetId, limit: 2_000 }),
      listDrills(db, { targetId, limit: 30 }),
      measureProtection(db, targetId, now),
      listBackupWork(db, targetId),
    ])
    const { objectives, schedules, retention, protectedTables, timeZone } = policy.document
    const since = new Date(now.getTime() - calendarDays * dayMs)
    return {
      role: user.role,
      target,
      protection,
      backups: backups.slice(0, shownBackups),
      drills,
      work,
      days: coverDays(
        backups.filter(({ createdAt }) => createdAt > since),
        now,
        calendarDays,
      ),
      storage: measureStorage(backups),
      policy: {
        objectives,
        schedules,
        retention,
        timeZone,
        protectedTables: protectedTables.length,
        next: {
          archive: nextOccurrence(schedules.archive, timeZone, now),
          snapshot: nextOccurrence(schedules.snapshot, timeZone, now),
          drill: nextOccurrence(schedules.drill, timeZone, now),
        },
      },
    }
  },
})

export const backupRead = defineRead({
  name: 'backup',
  topics: ['backups', 'drills', 'jobs'],
  input: z.object({ backupId: z.uuid() }),
  async read({ db, user }, { backupId }) {
    const backup = await getBackup(db, backupId)
    const drills = await listDrills(db, { backupId, limit: 30 })
    return {
      role: user.role,
      backup,
      drills,
      target: await getTarget(db, backup.targetId),
      work: (await listBackupWork(db, backup.targetId)).filter((one) => one.backupId === backupId),
    }
  },
})
