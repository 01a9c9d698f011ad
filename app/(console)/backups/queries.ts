import { z } from 'zod'
import { defineRead } from '#app/_web/read.ts'
import { listBackupsPage } from '#lib/backups/list-backups-page.ts'
import { listBackupWork } from '#lib/backups/list-work.ts'
import { measureProtection } from '#lib/backups/queries.ts'
import { readBackupCalendar } from '#lib/backups/read-calendar.ts'
import { readRetention } from '#lib/backups/retention/read-retention.ts'
import { addDays, isDay, startOfDay } from '#lib/format/zoned-day.ts'
import { nextOccurrence } from '#lib/jobs/occurrence.ts'
import { listLiveWorkers } from '#lib/jobs/queries.ts'
import { listTargetHolders } from '#lib/targets/hold-target.ts'
import { getPolicy, getTarget } from '#lib/targets/queries.ts'
import { wordsOfVerdict } from './kept-words.ts'

/** 53 weeks: the calendar cuts them at a Monday. */
const calendarDays = 371
const pageLength = 30

const oneOf = <const Values extends readonly [string, ...string[]]>(values: Values) =>
  z.enum(values).optional().catch(undefined)

/** The filter as it stands in the address; what it does not know is no filter. */
export const listFilter = z.object({
  kind: oneOf(['snapshot', 'archive']),
  status: oneOf(['all', 'good', 'suspicious', 'failed', 'held', 'running', 'queued', 'expiring', 'expired']),
  level: oneOf(['none', 'checksum', 'listed', 'restored', 'facts-proven']),
  origin: oneOf(['holdfast', 'foreign']),
  day: z.string().refine(isDay).optional().catch(undefined),
  after: z.uuid().optional().catch(undefined),
})

/** Who works on the target's backups, who has the target, and whether anybody would do more. Read at every step of the work. */
export const backupsNowRead = defineRead({
  name: 'backups-now',
  topics: ['jobs', 'backups', 'drills'],
  audience: 'role',
  input: z.object({
    targetId: z.uuid(),
    /** Only work on this backup. */
    backupId: z.uuid().optional(),
    /** Only drills. */
    drills: z.boolean().default(false),
  }),
  async read({ db, user }, { targetId, backupId, drills }) {
    const [work, holders, workers] = await Promise.all([
      listBackupWork(db, targetId),
      listTargetHolders(db, targetId),
      listLiveWorkers(db),
    ])
    return {
      role: user.role,
      work: work.filter(
        (one) => (!backupId || one.backupId === backupId) && (!drills || one.kind === 'drills.run'),
      ),
      holders,
      workers: workers.length,
    }
  },
})

export const backupsRead = defineRead({
  name: 'backups',
  topics: ['backups', 'drills', 'targets'],
  audience: 'role',
  input: z.object({ targetId: z.uuid() }),
  async read({ db, user }, { targetId }) {
    const now = new Date()
    const [target, { document: policy }] = await Promise.all([
      getTarget(db, targetId),
      getPolicy(db, targetId),
    ])
    const [protection, days, retention] = await Promise.all([
      measureProtection(db, targetId, now),
      readBackupCalendar(db, targetId, { now, days: calendarDays, timeZone: policy.timeZone }),
      readRetention(db, targetId, now),
    ])
    const { objectives, schedules, timeZone, protectedTables } = policy
    return {
      role: user.role,
      target,
      protection,
      days,
      stoppedBecause: retention.stoppedBecause,
      policy: {
        objectives,
        schedules,
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

export const backupListRead = defineRead({
  name: 'backup-list',
  topics: ['backups', 'drills'],
  audience: 'everyone',
  input: z.object({ targetId: z.uuid(), filter: listFilter }),
  async read({ db }, { targetId, filter: { day, after, ...filter } }) {
    const { timeZone, verdicts } = await readRetention(db, targetId, new Date())
    const page = await listBackupsPage(db, targetId, {
      filter: {
        ...filter,
        // A day is shown with what is gone by now; the list is of what there is to go back to.
        status: filter.status === 'all' ? undefined : (filter.status ?? (day ? undefined : 'there')),
        ...(day ? { from: startOfDay(day, timeZone), before: startOfDay(addDays(day, 1), timeZone) } : {}),
      },
      after: after ?? null,
      limit: pageLength,
    })
    const shown = new Set(page.backups.map(({ id }) => id))
    return {
      filter: { day, after, ...filter },
      timeZone,
      kept: verdicts.filter(({ backupId }) => shown.has(backupId)).map(wordsOfVerdict),
      ...page,
    }
  },
})
