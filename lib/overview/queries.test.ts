import { sql } from 'drizzle-orm'
import { describe, expect, it } from 'vitest'
import { alerts } from '#drizzle/schema/alerts.ts'
import { backups, drills } from '#drizzle/schema/backups.ts'
import { guardStates, guardWatches } from '#drizzle/schema/guards.ts'
import { rowCounts } from '#drizzle/schema/health.ts'
import { maintenanceWindows, silences } from '#drizzle/schema/on-call.ts'
import { recordTarget } from '#lib/testing/alert-records.ts'
import { createTestStore } from '#lib/testing/test-db.ts'
import { readOverview } from './queries.ts'
import { readFleet } from './read-fleet.ts'

const hourMs = 3_600_000
const users = { schema: 'public', name: 'users' }

describe('the first page', async () => {
  const store = await createTestStore()
  const { db } = store
  const now = new Date()
  const ago = (hours: number) => new Date(now.getTime() - hours * hourMs)
  const policy = {
    protectedTables: [{ table: 'public.users' }, { table: 'public.orders' }],
    rowCounts: [{ table: 'users' }],
  }
  const read = (targetId: string) => readOverview(db, targetId, { now })

  const takeBackup = async (
    targetId: string,
    kind: 'archive' | 'snapshot',
    hours: number,
    status = 'good',
  ) => {
    const [row] = await db
      .insert(backups)
      .values({
        targetId,
        kind,
        purpose: 'manual',
        status: status as 'good',
        requestedBy: 'test',
        createdAt: ago(hours),
        takenAt: ago(hours),
        facts: {
          tables: [{ ...users, rows: 3, checksum: '0', columns: ['id'] }],
          notCovered: [{ name: 'public.blobs', reason: 'large objects are not compared' }],
        },
      })
      .returning()
    return row!.id
  }

  it('promises nothing for a target that was never backed up', async () => {
    const { id } = await recordTarget(db, { policy })
    const overview = await read(id)
    expect(overview.protection).toMatchObject({ archive: null, snapshot: null, proof: null })
    expect(overview.coverage).toMatchObject([
      { table: 'public.users', guard: 'never-verified', archiveAt: null, rows: null, change: null },
      { table: 'public.orders', guard: 'never-verified', archiveAt: null },
    ])
    expect(overview.gaps.map(({ key }) => key)).toEqual(
      expect.arrayContaining(['archive', 'proof', 'guards']),
    )
  })

  it('counts the newest good archive, never a newer one that failed or a snapshot', async () => {
    const { id } = await recordTarget(db, { policy })
    const good = await takeBackup(id, 'archive', 5)
    await takeBackup(id, 'archive', 1, 'failed')
    await takeBackup(id, 'archive', 2, 'suspicious')
    const snapshot = await takeBackup(id, 'snapshot', 1)
    const { protection } = await read(id)
    expect(protection.archive).toEqual({ id: good, takenAt: ago(5) })
    expect(protection.snapshot).toEqual({ id: snapshot, takenAt: ago(1) })
  })

  it('takes a failed drill for no proof', async () => {
    const { id } = await recordTarget(db, { policy })
    const backupId = await takeBackup(id, 'archive', 5)
    const drill = {
      targetId: id,
      backupId,
      status: 'finished' as const,
      requestedBy: 'test',
      recoveryMs: 900,
    }
    await db.insert(drills).values({ ...drill, verdict: 'failed', finishedAt: ago(1) })
    expect((await read(id)).protection.proof).toBeNull()
    const [passed] = await db
      .insert(drills)
      .values({ ...drill, verdict: 'passed', finishedAt: ago(3) })
      .returning()
    const overview = await read(id)
    expect(overview.protection.proof).toEqual({ drillId: passed!.id, at: ago(3), recoveryMs: 900 })
    expect(overview.drills.map(({ verdict }) => verdict)).toEqual(['passed', 'failed'])
  })

  it('says of each table what holds it, table by table', async () => {
    const { id } = await recordTarget(db, { policy })
    await takeBackup(id, 'archive', 5)
    await db
      .insert(guardStates)
      .values({ targetId: id, tableName: 'public.users', state: 'tampered', verifiedAt: now })
    const overview = await read(id)
    expect(overview.coverage).toMatchObject([
      { table: 'public.users', guard: 'tampered', archiveAt: ago(5), snapshotAt: null, drilledAt: null },
      { table: 'public.orders', guard: 'never-verified', archiveAt: null },
    ])
    expect(overview.gaps.find(({ key }) => key === 'in-archive')?.text).toContain('public.orders')
    expect(overview.gaps.map(({ key }) => key)).toContain('not-covered:public.blobs')
  })

  it('says that there is no guard where guards were watched and then removed', async () => {
    const { id } = await recordTarget(db, { policy })
    await db
      .insert(guardWatches)
      .values({ targetId: id, fromTransaction: '0', attemptsUntil: now, watchedAt: now })
    expect((await read(id)).coverage.map(({ guard }) => guard)).toEqual(['missing', 'missing'])
  })

  it('tells what fires, and not what is silenced, in maintenance, taken or a note', async () => {
    const { id } = await recordTarget(db, { policy })
    const other = await recordTarget(db, { policy })
    const alert = (fingerprint: string, over: object = {}) => ({
      targetId: id,
      fingerprint,
      title: fingerprint,
      details: 'It is so.',
      severity: 'CRITICAL' as const,
      ...over,
    })
    await db
      .insert(alerts)
      .values([
        alert('drill:stale'),
        alert('store:unreachable:x', { severity: 'INFO' }),
        alert('guard:uncovered', { status: 'acknowledged' }),
        alert('copy:fewer', { status: 'resolved' }),
        alert('drift:core'),
        alert('drill:failed', { targetId: other.id }),
      ])
    const keys = async (of = id) => (await read(of)).attention.map(({ title }) => title)
    expect((await keys()).sort()).toEqual(['drift:core', 'drill:stale'])
    await db.insert(silences).values({
      targetId: id,
      pattern: 'drift:*',
      reason: 'known',
      startsAt: ago(1),
      endsAt: ago(-1),
      createdBy: 'test',
    })
    expect(await keys()).toEqual(['drill:stale'])
    expect(await keys(other.id)).toEqual(['drill:failed'])
    const window = { startsAt: ago(1), endsAt: ago(-1), timeZone: 'UTC', createdBy: 'test' }
    await db.insert(maintenanceWindows).values({ ...window, targetId: id, title: 'Upgrade' })
    const inMaintenance = await read(id)
    expect(inMaintenance.attention).toEqual([])
    expect(inMaintenance.firing).toEqual({ count: 0, worst: null })
    expect(inMaintenance.evidence.maintenance).toMatchObject({ title: 'Upgrade' })
    expect(await keys(other.id)).toEqual(['drill:failed'])
  })

  it('reads the same few rows of ten thousand alerts', async () => {
    const { id } = await recordTarget(db, { policy })
    await db.execute(sql`
      insert into alerts (target_id, fingerprint, title, details, severity)
      select ${id}, 'health:rows.count:public.t' || n, 'Rows of t' || n, 'Fewer.', 'WARNING' from generate_series(1, 10000) n`)
    const { attention, firing } = await read(id)
    expect(attention.map(({ title }) => title.replace(/t\d+/, 't'))).toEqual([
      'Rows of t, and 199 more about row counts',
    ])
    expect(firing.count).toBe(200)
  })

  it('lists every target in a line, the worst first, without asking each', async () => {
    const late = await recordTarget(db, { policy, createdAt: ago(100) })
    const fleet = await readFleet(db, now)
    expect(fleet.total).toBeGreaterThan(5)
    const line = fleet.lines.find(({ id }) => id === late.id)!
    expect(line).toMatchObject({ status: 'critical', because: 'No archive', archiveAt: null })
    const rank = ['critical', 'attention', 'unknown', 'calm']
    const ranks = fleet.lines.map(({ status }) => rank.indexOf(status))
    expect(ranks).toEqual(ranks.toSorted((a, b) => a - b))
    const archiveId = await takeBackup(late.id, 'archive', 5)
    await db.insert(drills).values({
      targetId: late.id,
      backupId: archiveId,
      status: 'finished',
      verdict: 'passed',
      finishedAt: ago(4),
      recoveryMs: 900,
      requestedBy: 'test',
    })
    const after = (await readFleet(db, now)).lines.find(({ id }) => id === late.id)!
    expect(after).toMatchObject({ archiveAt: ago(5), provenAt: ago(4) })
  })

  it('compares the newest count with that of a day ago, and leaves gaps where nobody counted', async () => {
    const { id } = await recordTarget(db, { policy })
    const count = (rows: number, hours: number) => ({
      targetId: id,
      tableName: 'public.users',
      countedAt: ago(hours),
      rows,
    })
    await db
      .insert(rowCounts)
      .values([count(100, 24.5), count(90, 1), count(42, 0.01), count(70, 24 * 9 + 0.5)])
    const row = (await read(id)).coverage.find(({ table }) => table === 'public.users')!
    expect(row).toMatchObject({ rows: 42, change: -58 })
    expect(row.trend).toHaveLength(29)
    expect(row.trend.filter((value) => value !== null)).toEqual([70, 100, 42])
  })
})
