import { describe, expect, it } from 'vitest'
import { backupCopies, backups } from '#drizzle/schema/backups.ts'
import { expectedRuns } from '#drizzle/schema/jobs.ts'
import { archiveStores } from '#drizzle/schema/stores.ts'
import { type BackupFilter, listBackupsPage } from '#lib/backups/list-backups-page.ts'
import { readBackupCalendar } from '#lib/backups/read-calendar.ts'
import { unwrap } from '#lib/errors.ts'
import { addTarget } from '#lib/targets/add-target.ts'
import { createTestDatabase, createTestStore } from '#lib/testing/test-db.ts'

const facts = (tables: [name: string, rows: number][]) => ({
  tables: tables.map(([name, rows]) => ({ schema: 'public', name, rows, checksum: '00', columns: ['id'] })),
  notCovered: [{ name: 'public.remote', reason: 'a foreign table' }],
})

describe('the pages of backups', async () => {
  const { db, ctx } = await createTestStore()
  const { url } = await createTestDatabase('create table public.people (id int)')
  const { id: targetId } = unwrap(await addTarget(ctx, { name: 'shop', url, environment: 'production' }))
  const [store] = await db
    .insert(archiveStores)
    .values({ name: 'elsewhere', kind: 'local', settings: { directory: '/nowhere' }, createdBy: 'test' })
    .returning()
  const made = await db
    .insert(backups)
    .values(
      Array.from({ length: 65 }, (_, index) => ({
        targetId,
        kind: index % 5 === 0 ? ('archive' as const) : ('snapshot' as const),
        purpose: 'scheduled' as const,
        status: index === 10 ? ('suspicious' as const) : ('good' as const),
        verification: index % 5 === 0 ? ('facts-proven' as const) : ('checksum' as const),
        requestedBy: 'test',
        // Five of each moment: a page may not end in a way that loses those of the same one.
        takenAt: new Date(Date.parse('2026-03-01T00:00:00Z') + Math.floor(index / 5) * 3_600_000),
        facts: facts([
          ['a', index],
          ['b', 1],
        ]),
        ...(index === 20 ? { heldAt: new Date(), heldBy: 'ann', holdReason: 'the audit' } : {}),
      })),
    )
    .returning({ id: backups.id })
  await db.insert(backupCopies).values([
    { backupId: made[60]!.id, storeId: store!.id, key: 'a', status: 'damaged', sizeBytes: 7 },
    { backupId: made[55]!.id, storeId: store!.id, key: 'b', status: 'deleted' },
  ])

  it('together hold every backup once, newest first', async () => {
    const seen: { id: string; at: Date }[] = []
    let after: string | null = null
    do {
      const page = await listBackupsPage(db, targetId, { after, limit: 7 })
      expect(page.backups.length).toBeLessThanOrEqual(7)
      seen.push(...page.backups)
      after = page.next
    } while (after)
    expect(new Set(seen.map(({ id }) => id)).size).toBe(65)
    expect(seen).toHaveLength(65)
    const moments = seen.map(({ at }) => at.getTime())
    expect(moments).toEqual(moments.toSorted((a, b) => b - a))
  })

  it('say what is covered and where copies are, without any facts', async () => {
    const { backups: page } = await listBackupsPage(db, targetId)
    const newest = page.find(({ id }) => id === made[60]!.id)!
    expect(newest).toMatchObject({ tables: 2, rows: 61, notCovered: 1, largeObjects: null })
    expect(newest.copies).toMatchObject([{ store: 'elsewhere', status: 'damaged', sizeBytes: 7 }])
    expect(page.find(({ id }) => id === made[55]!.id)!.copies).toEqual([])
    expect(JSON.stringify(page)).not.toContain('checksum":"00')
  })

  it('hold only what was asked for', async () => {
    const idsOf = async (filter: BackupFilter) =>
      (await listBackupsPage(db, targetId, { filter, limit: 100 })).backups.map(({ id }) => id)
    expect(await idsOf({ kind: 'archive' })).toHaveLength(13)
    expect(await idsOf({ status: 'suspicious' })).toEqual([made[10]!.id])
    expect(await idsOf({ status: 'held' })).toEqual([made[20]!.id])
    expect(await idsOf({ level: 'facts-proven' })).toHaveLength(13)
    expect(await idsOf({ level: 'none' })).toEqual([])
    expect(await idsOf({ origin: 'foreign' })).toEqual([])
    expect(
      await idsOf({ from: new Date('2026-03-01T01:00:00Z'), before: new Date('2026-03-01T02:00:00Z') }),
    ).toHaveLength(5)
  })

  it('put a backup and a missed run into the day of the target’s zone', async () => {
    await db.insert(expectedRuns).values([
      { targetId, schedule: 'archive', dueAt: new Date('2026-03-02T23:30:00Z') },
      { targetId, schedule: 'archive', dueAt: new Date('2026-03-02T22:30:00Z'), status: 'filed' },
      { targetId, schedule: 'health', dueAt: new Date('2026-03-02T23:30:00Z') },
      { targetId, schedule: 'archive', dueAt: new Date('2026-03-03T11:58:00Z') },
    ])
    const now = new Date('2026-03-03T12:00:00Z')
    const states = async (timeZone: string) =>
      (await readBackupCalendar(db, targetId, { now, days: 4, timeZone })).map(
        ({ day, state }) => `${day} ${state}`,
      )
    expect(await states('UTC')).toEqual([
      '2026-02-28 before',
      '2026-03-01 proven',
      '2026-03-02 missed',
      '2026-03-03 before',
    ])
    expect(await states('America/New_York')).toEqual([
      '2026-02-28 proven',
      '2026-03-01 proven',
      '2026-03-02 missed',
      '2026-03-03 before',
    ])
    expect((await states('Europe/Berlin')).at(-1)).toBe('2026-03-03 missed')
    // Neither what was filed, nor what is due by another schedule, nor what is only minutes late.
    const [, , second] = await readBackupCalendar(db, targetId, { now, days: 4, timeZone: 'UTC' })
    expect(second).toMatchObject({ day: '2026-03-02', label: '1 missed' })
  })
})
