import { beforeAll, describe, expect, it } from 'vitest'
import { backups, drills } from '#drizzle/schema/backups.ts'
import { rowCounts } from '#drizzle/schema/health.ts'
import { openIncident } from '#lib/incidents/open-incident.ts'
import { getIncident } from '#lib/incidents/queries.ts'
import { refreshIncident } from '#lib/incidents/refresh-incident.ts'
import { recordGuardEvent, recordTarget } from '#lib/testing/alert-records.ts'
import { createTestStore, type TestStore } from '#lib/testing/test-db.ts'
import { findLastGoodState } from './find-last-good-state.ts'

const now = new Date()
const ago = (minutes: number) => new Date(now.getTime() - minutes * 60_000)
const hours = 60

describe('the last good state', () => {
  let store: TestStore
  beforeAll(async () => {
    store = await createTestStore()
  })

  const target = () =>
    recordTarget(store.db, {
      policy: { protectedTables: [{ table: 'public.members' }, { table: 'public.roles' }] },
    })
  type Level = 'checksum' | 'facts-proven'
  async function backup(
    targetId: string,
    minutes: number,
    rows: Record<string, number>,
    level: Level = 'checksum',
  ) {
    const tables = Object.entries(rows).map(([name, size]) => ({
      schema: 'public',
      name,
      rows: size,
      checksum: '0',
      columns: [],
    }))
    const [made] = await store.db
      .insert(backups)
      .values({
        targetId,
        kind: 'archive',
        purpose: 'scheduled',
        status: 'good',
        verification: level,
        requestedBy: 'worker:test',
        takenAt: ago(minutes),
        facts: { takenAt: ago(minutes).toISOString(), serverVersionNumber: 150000, tables, sequences: [] },
      })
      .returning({ id: backups.id })
    return made!.id
  }
  const counted = (targetId: string, table: string, counts: [minutes: number, rows: number][]) =>
    store.db.insert(rowCounts).values(
      counts.map(([minutes, rows]) => ({
        targetId,
        tableName: `public.${table}`,
        countedAt: ago(minutes),
        rows,
      })),
    )

  it('lies just before the first row that the journal saw go, with the proven backup nearest before it', async () => {
    const { id } = await target()
    const old = await backup(id, 50 * hours, { members: 900 }, 'facts-proven')
    const proven = await backup(id, 26 * hours, { members: 980 }, 'facts-proven')
    const unproven = await backup(id, 2 * hours, { members: 1000 })
    await backup(id, 5, { members: 940 }, 'facts-proven')
    await store.db.insert(drills).values({
      targetId: id,
      backupId: proven,
      status: 'finished',
      verdict: 'passed',
      requestedBy: 'test',
      finishedAt: ago(25 * hours),
    })
    await counted(id, 'members', [
      [22, 1000],
      [21, 1001],
      [19, 985],
      [10, 941],
      [2, 941],
    ])
    await recordGuardEvent(store.db, id, { kind: 'deleted', rows: 40, at: ago(20) })
    await recordGuardEvent(store.db, id, { kind: 'deleted', rows: 20, at: ago(15) })
    const state = await findLastGoodState(store.db, id, ago(20), now)
    expect(state.at).toBe(new Date(ago(20).getTime() - 1).toISOString())
    expect(state.limits[0]).toMatchObject({ subject: 'public.members', evidence: 'journal' })
    expect(state.backup).toMatchObject({ id: proven, verification: 'facts-proven' })
    expect(state.unproven).toMatchObject({ id: unproven })
    expect(state.writtenSince).toEqual([{ table: 'public.members', rows: 21 }])
    expect(state.drills).toEqual([{ at: ago(25 * hours).toISOString(), verdict: 'passed', backupId: proven }])
    expect(state.backups.map((each) => each.id)).not.toContain(old)
  })

  it('finds a loss that nobody counted by bisecting the backups, and reads few of them', async () => {
    const { id } = await target()
    for (let day = 28; day >= 0; day--) {
      await backup(id, day * 24 * hours + 30, {
        members: 500 - (day > 9 ? 0 : 200),
        roles: 40,
        scratch: day * 10,
      })
    }
    const state = await findLastGoodState(store.db, id, ago(1), now)
    expect(state.at).toBe(ago(10 * 24 * hours + 30).toISOString())
    expect(state.limits).toEqual([
      {
        subject: 'public.members',
        lastWellAt: ago(10 * 24 * hours + 30).toISOString(),
        firstIllAt: ago(9 * 24 * hours + 30).toISOString(),
        evidence: 'backups',
      },
    ])
    expect(state.factsRead).toBeLessThanOrEqual(8)
    expect(state.backup).toBeNull()
  })

  it('says that nothing is known where nothing was looked at', async () => {
    const { id } = await target()
    expect(await findLastGoodState(store.db, id, ago(5), now)).toMatchObject({
      at: null,
      backup: null,
      subjects: 0,
    })
  })

  it('is kept with the incident, and found anew when the beginning moves', async () => {
    const { id } = await target()
    await counted(id, 'members', [
      [60, 100],
      [31, 100],
      [29, 70],
      [12, 70],
      [9, 40],
    ])
    const opened = await openIncident(store.ctx, {
      targetId: id,
      title: 'Rows are missing',
      severity: 'CRITICAL',
      beganAt: ago(10),
    })
    if (!opened.ok) throw new Error(opened.refusal.reason)
    const kept = async () => (await getIncident(store.db, opened.value.incidentId)).lastGoodState
    expect((await kept())?.lossAt).toBe(ago(10).toISOString())
    await refreshIncident(store.ctx, id, ago(30))
    expect(await kept()).toMatchObject({ lossAt: ago(30).toISOString(), at: ago(31).toISOString() })
  })
})
