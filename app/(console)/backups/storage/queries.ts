import { z } from 'zod'
import { defineRead } from '#app/_web/read.ts'
import { countKept, listStoreUse } from '#lib/backups/copies/read-storage.ts'
import { listBackupsByIds } from '#lib/backups/list-backups-page.ts'
import { type ExpiryOutlook, foreseeExpiry } from '#lib/backups/retention/expiry-outlook.ts'
import { listBackupsInUse, listRetained, readRetention } from '#lib/backups/retention/read-retention.ts'
import { formatPlace } from '#lib/stores/queries.ts'
import { getPolicy, getTarget } from '#lib/targets/queries.ts'

const shownNext = 20

export const storageRead = defineRead({
  name: 'storage',
  topics: ['backups', 'targets', 'stores'],
  audience: 'role',
  input: z.object({ targetId: z.uuid() }),
  async read({ db, user }, { targetId }) {
    const now = new Date()
    const [target, { document: policy }, report, retained, inUse, kept, stores] = await Promise.all([
      getTarget(db, targetId),
      getPolicy(db, targetId),
      readRetention(db, targetId, now),
      listRetained(db, targetId),
      listBackupsInUse(db, targetId),
      countKept(db, targetId),
      listStoreUse(db, now),
    ])
    const pending = retained.filter(({ status }) => status === 'expiring').map(({ id }) => id)
    const rules = { retention: report.policy, timeZone: report.timeZone, frozen: false, inUse }
    const going = foreseeExpiry(
      retained.filter(({ status }) => status !== 'expiring'),
      rules,
      now,
    )
    const outlook = going.slice(0, shownNext)
    const listed = await listBackupsByIds(db, [...pending, ...outlook.map(({ backupId }) => backupId)])
    const withBackup = <T extends { backupId: string }>(one: T) => {
      const backup = listed.find(({ id }) => id === one.backupId)
      return backup ? [{ ...one, backup }] : []
    }
    return {
      role: user.role,
      target,
      timeZone: report.timeZone,
      policy: policy.retention,
      policyStores: policy.stores,
      freezes: report.freezes,
      stoppedBecause: report.stoppedBecause,
      kept,
      pending: pending.flatMap((backupId) => withBackup({ backupId })),
      nextCount: going.length,
      next: outlook.flatMap((one: ExpiryOutlook) => withBackup(one)),
      held: report.verdicts.filter(({ keptBecause }) => keptBecause.includes('held')).length,
      stores: stores.map(({ settings, ...store }) => ({
        ...store,
        place: formatPlace({ kind: store.kind, settings }),
      })),
    }
  },
})
