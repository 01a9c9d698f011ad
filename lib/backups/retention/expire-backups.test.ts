import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { and, eq, isNull } from 'drizzle-orm'
import { afterEach, beforeAll, describe, expect, it } from 'vitest'
import { auditEntries } from '#drizzle/schema/audit.ts'
import { backupCopies, backups, drills, retentionFreezes } from '#drizzle/schema/backups.ts'
import { archiveStores } from '#drizzle/schema/stores.ts'
import { archiveKeysAt, archiveStem } from '#lib/backups/archives/archive-names.ts'
import { withPinnedBackup } from '#lib/backups/pin-backup.ts'
import { clearFreeze } from '#lib/backups/retention/clear-freeze.ts'
import { expireBackups } from '#lib/backups/retention/expire-backups.ts'
import { holdBackup } from '#lib/backups/retention/hold-backup.ts'
import { readRetention } from '#lib/backups/retention/read-retention.ts'
import { releaseBackup } from '#lib/backups/retention/release-backup.ts'
import { dataDirectory } from '#lib/env.ts'
import { AppError, unwrap } from '#lib/errors.ts'
import { openStore } from '#lib/stores/open-store.ts'
import type { ArchiveStore } from '#lib/stores/types.ts'
import { recordTarget } from '#lib/testing/alert-records.ts'
import {
  createTestDataDirectory,
  createTestPerson,
  createTestStore,
  type TestStore,
} from '#lib/testing/test-db.ts'

const dayMs = 86_400_000
const policy = {
  retention: { archiveDays: 10, archiveWeeks: 0, archiveMonths: 0, archiveYears: 0, minimumArchives: 1 },
}
const signal = new AbortController().signal

let store: TestStore
let place: ArchiveStore
let targetId: string
let name: string
const ctx = () => ({ ...store.ctx, actor: { kind: 'worker' as const, workerId: 'w1' } })
const expire = () => expireBackups({ ctx: ctx() }, targetId)

beforeAll(async () => {
  createTestDataDirectory()
  store = await createTestStore()
  place = await openStore(store.ctx, 'local')
})
const onNewTarget = async () => {
  ;({ id: targetId, name } = await recordTarget(store.db, { policy }))
}

/** A finished archive of so many days ago, with its three objects in the store, as taking one leaves it. */
async function plant(daysAgo: number, over: Partial<typeof backups.$inferInsert> = {}): Promise<string> {
  const at = new Date(Date.now() - daysAgo * dayMs)
  const [row] = await store.db
    .insert(backups)
    .values({
      targetId,
      kind: 'archive',
      purpose: 'scheduled',
      status: 'good',
      verification: 'listed',
      requestedBy: 'test',
      createdAt: at,
      takenAt: at,
      finishedAt: at,
      ...over,
    })
    .returning()
  const id = row!.id
  // One that was never finished left nothing in the store.
  if (over.location === null) return id
  const keys = archiveKeysAt(archiveStem(targetId, id, 1))
  for (const key of [keys.archive, keys.globals, keys.manifest]) {
    await place.write(
      key,
      (async function* () {
        for (let i = 0; i < 20; i++) yield Buffer.alloc(10_000, i)
      })(),
      { signal },
    )
  }
  await store.db.update(backups).set({ location: keys.archive }).where(eq(backups.id, id))
  await store.db
    .insert(backupCopies)
    .values({ backupId: id, storeId: place.id, key: keys.archive, status: 'good', verification: 'listed' })
  return id
}
const statusOf = async (id: string) =>
  (await store.db.select({ status: backups.status }).from(backups).where(eq(backups.id, id)))[0]!.status
const copyOf = async (id: string) =>
  (await store.db.select().from(backupCopies).where(eq(backupCopies.backupId, id)))[0]!
async function objectsOf(id: string): Promise<string[]> {
  const keys: string[] = []
  for await (const { key } of place.list(archiveStem(targetId, id, 1))) keys.push(key)
  return keys
}
const openFreezes = () =>
  store.db
    .select({ subject: retentionFreezes.subject, reason: retentionFreezes.reason })
    .from(retentionFreezes)
    .where(and(eq(retentionFreezes.targetId, targetId), isNull(retentionFreezes.clearedAt)))

describe('expiry', () => {
  it('removes an old archive from its store whole, writes it down, and leaves the others', async () => {
    await onNewTarget()
    const [old, young] = [await plant(40), await plant(0.1)]
    expect(await expire()).toEqual([old])
    expect(await objectsOf(old)).toEqual([])
    expect(await copyOf(old)).toMatchObject({ status: 'deleted', deletedAt: expect.any(Date) })
    expect(await objectsOf(young)).toHaveLength(3)
    const entries = await store.db
      .select()
      .from(auditEntries)
      .where(eq(auditEntries.subject, `backup:${old}`))
    expect(entries).toMatchObject([{ action: 'backups.expire', target: name, outcome: 'done' }])
    expect(await expire()).toEqual([])
  })

  it('stays pending when the store does not let go, says why, and is done when it does', async () => {
    await onNewTarget()
    const [old] = [await plant(40), await plant(0.1)]
    const inTheWay = join(dataDirectory(), 'archives', archiveKeysAt(archiveStem(targetId, old, 1)).globals)
    await rm(inTheWay)
    await mkdir(inTheWay)
    await writeFile(join(inTheWay, 'file'), 'x')
    expect(await expire()).toEqual([])
    expect(await statusOf(old)).toBe('expiring')
    const pending = await copyOf(old)
    expect(pending).toMatchObject({ status: 'deleting', error: { message: expect.any(String) } })
    // Its manifest goes first: what is left is no archive that a catalogue could be rebuilt with.
    expect((await objectsOf(old)).filter((key) => key.endsWith('.manifest.json'))).toEqual([])
    expect(await expire()).toEqual([])
    await rm(inTheWay, { recursive: true })
    expect(await expire()).toEqual([old])
    expect(await copyOf(old)).toMatchObject({ status: 'deleted', error: null })
  })

  it('is finished after a process died in the middle of it', async () => {
    await onNewTarget()
    const [old] = [await plant(40), await plant(0.1)]
    await store.db.update(backups).set({ status: 'expiring' }).where(eq(backups.id, old))
    await store.db.update(backupCopies).set({ status: 'deleting' }).where(eq(backupCopies.backupId, old))
    await place.remove(archiveKeysAt(archiveStem(targetId, old, 1)).manifest)
    expect(await expire()).toEqual([old])
    expect(await objectsOf(old)).toEqual([])
  })

  it('removes what a failed attempt left in a store that did not let go of it then', async () => {
    await onNewTarget()
    const id = await plant(0.5)
    await store.db.update(backups).set({ status: 'failed', location: null }).where(eq(backups.id, id))
    await store.db.update(backupCopies).set({ status: 'deleting' }).where(eq(backupCopies.backupId, id))
    await plant(0.1)
    await expire()
    expect(await objectsOf(id)).toEqual([])
    expect(await copyOf(id)).toMatchObject({ status: 'failed' })
  })

  it('lets nothing go while a store of the policy cannot be reached', async () => {
    await onNewTarget()
    const [old] = [await plant(40), await plant(0.1)]
    const reach = (status: 'reachable' | 'unreachable') =>
      store.db
        .update(archiveStores)
        .set({ status, statusAt: new Date() })
        .where(eq(archiveStores.id, place.id))
    await reach('unreachable')
    expect(await expire()).toEqual([])
    expect(await openFreezes()).toEqual([])
    await store.db.update(archiveStores).set({ statusAt: new Date(Date.now() - dayMs) })
    expect(await expire()).toEqual([])
    expect(await openFreezes()).toMatchObject([{ subject: `store:${place.id}` }])
    await reach('reachable')
    expect(await expire()).toEqual([])
    expect(await statusOf(old)).toBe('good')
  })

  it('keeps what a drill or a restore is going to read', async () => {
    await onNewTarget()
    const [old] = [await plant(40), await plant(0.1)]
    const [drill] = await store.db
      .insert(drills)
      .values({ targetId, backupId: old, requestedBy: 'test' })
      .returning()
    expect(await expire()).toEqual([])
    const { verdicts } = await readRetention(store.db, targetId, new Date())
    expect(verdicts.find(({ backupId }) => backupId === old)).toMatchObject({ keptBecause: ['in-use'] })
    await store.db.update(drills).set({ status: 'finished' }).where(eq(drills.id, drill!.id))
    await withPinnedBackup(store.ctx, old, async () => expect(await expire()).toEqual([]))
    expect(await expire()).toEqual([old])
    await expect(withPinnedBackup(store.ctx, old, async () => {})).rejects.toMatchObject({
      code: 'backup-expired',
    })
  })

  it('never takes an archive from under somebody who reads it, in any order of events', {
    timeout: 60_000,
  }, async () => {
    await onNewTarget()
    const all = [await plant(0.1)]
    for (let i = 0; i < 24; i++) all.push(await plant(20 + i))
    const outcomes = { read: 0, refused: 0 }
    const pick = () => all[Math.floor(Math.random() * all.length)]!
    const reader = async () => {
      for (let i = 0; i < 12; i++) {
        const id = pick()
        await withPinnedBackup(store.ctx, id, async () => {
          let bytes = 0
          const { archive, globals, manifest } = archiveKeysAt(archiveStem(targetId, id, 1))
          for (const key of [manifest, archive, globals]) {
            for await (const chunk of place.read(key, { signal })) bytes += chunk.length
            await new Promise((resolve) => setTimeout(resolve, Math.random() * 30))
          }
          expect(bytes).toBe(600_000)
          outcomes.read++
        }).catch((error) => {
          if (!(error instanceof AppError) || error.code !== 'backup-expired') throw error
          outcomes.refused++
        })
      }
    }
    const remover = async () => {
      for (let i = 0; i < 6; i++) await expire()
    }
    await Promise.all([reader(), remover(), reader(), remover(), reader()])
    expect(outcomes.read).toBeGreaterThan(0)
    expect(outcomes.read + outcomes.refused).toBe(36)
    await expire()
    expect(await statusOf(all[0]!)).toBe('good')
    for (const id of all.slice(1)) expect(await statusOf(id)).toBe('expired')
  })
})

describe('a hold', () => {
  it('keeps a backup whatever the retention says, until it is released; a viewer can do neither', async () => {
    await onNewTarget()
    const [old] = [await plant(40), await plant(0.1)]
    const viewer = await createTestPerson(store, 'viewer')
    expect(await holdBackup(viewer, { backupId: old, reason: 'court' })).toMatchObject({ ok: false })
    unwrap(await holdBackup(store.ctx, { backupId: old, reason: 'court order 17' }))
    expect(await expire()).toEqual([])
    expect(await releaseBackup(viewer, { backupId: old })).toMatchObject({ ok: false })
    unwrap(await releaseBackup(store.ctx, { backupId: old, reason: 'closed' }))
    expect(await releaseBackup(store.ctx, { backupId: old })).toMatchObject({
      refusal: { code: 'backup-not-held' },
    })
    expect(await expire()).toEqual([old])
    expect(await holdBackup(store.ctx, { backupId: old, reason: 'late' })).toMatchObject({
      refusal: { code: 'backup-expired' },
    })
  })
})

describe('a freeze', () => {
  afterEach(() => store.db.delete(drills))

  it('comes of each anomaly, stays until a person clears it, and comes again of new evidence only', async () => {
    await onNewTarget()
    const old = await plant(40)
    const shrunk = await plant(0.2, {
      status: 'suspicious',
      error: { code: 'suspicious', message: '3 rows' },
    })
    expect(await expire()).toEqual([])
    expect(await openFreezes()).toEqual([
      { subject: `backup:${shrunk}`, reason: 'The newest archive is suspicious.' },
    ])
    // A good one after it does not clear it by itself.
    await plant(0.1)
    expect(await expire()).toEqual([])
    const viewer = await createTestPerson(store, 'viewer')
    expect(await clearFreeze(viewer, { target: name, reason: 'x' })).toMatchObject({ ok: false })
    expect(await clearFreeze(store.ctx, { target: name, reason: '' })).toMatchObject({ ok: false })
    unwrap(await clearFreeze(store.ctx, { target: name, reason: 'the purge was meant' }))
    expect(await clearFreeze(store.ctx, { target: name, reason: 'again' })).toMatchObject({
      refusal: { code: 'not-frozen' },
    })
    expect(await expire()).toContain(old)
    expect(await openFreezes()).toEqual([])
  })

  it('comes once of a failing backup that fails again and again, and names a full store', async () => {
    await onNewTarget()
    await plant(3)
    await plant(2, { status: 'failed', location: null, error: { code: 'store-full', message: 'full' } })
    await expire()
    await plant(1, { status: 'failed', location: null, error: { code: 'store-full', message: 'full' } })
    await expire()
    expect((await openFreezes()).map(({ reason }) => reason)).toEqual([
      'There was no room for the newest archive.',
    ])
    unwrap(await clearFreeze(store.ctx, { target: name, reason: 'made room' }))
    await expire()
    expect(await openFreezes()).toEqual([])
    await plant(-0.1, { status: 'failed', error: { code: 'failed', message: 'password' }, location: null })
    await expire()
    expect((await openFreezes()).map(({ reason }) => reason)).toEqual(['The newest archive failed.'])
  })

  it('comes of a failed drill and of a damaged copy, not of a cancelled backup', async () => {
    await onNewTarget()
    const id = await plant(1)
    await plant(0.5, {
      status: 'failed',
      location: null,
      error: { code: 'cancelled', message: 'by a person' },
    })
    await expire()
    expect(await openFreezes()).toEqual([])
    await store.db.insert(drills).values({
      targetId,
      backupId: id,
      requestedBy: 'test',
      status: 'finished',
      verdict: 'failed',
      finishedAt: new Date(),
    })
    await store.db.update(backupCopies).set({ status: 'damaged' }).where(eq(backupCopies.backupId, id))
    await expire()
    expect((await openFreezes()).map(({ reason }) => reason).sort()).toEqual([
      'A copy in the store local is damaged.',
      'The last drill failed.',
    ])
  })

  it('that is found by two processes at once is written down once', async () => {
    await onNewTarget()
    await plant(1, { status: 'suspicious' })
    await Promise.all([expire(), expire(), expire(), expire()])
    expect(await openFreezes()).toHaveLength(1)
  })
})
