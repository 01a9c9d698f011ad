import { beforeAll, describe, expect, it } from 'vitest'
import { incidents } from '#drizzle/schema/incidents.ts'
import { recordTarget } from '#lib/testing/alert-records.ts'
import { createTestStore, type TestStore } from '#lib/testing/test-db.ts'
import { exportReport, readReport } from './read-report.ts'
import { reportMonths, spreadOf } from './report-months.ts'
import type { CountedIncident } from './types.ts'

const minutes = (at: string, add: number) => new Date(Date.parse(at) + add * 60_000)
const counted = (beganAt: string, over: Partial<CountedIncident> = {}): CountedIncident => ({
  kind: 'data-loss',
  severity: 'CRITICAL',
  beganAt: new Date(beganAt),
  openedAt: minutes(beganAt, 2),
  acknowledgedAt: minutes(beganAt, 4),
  stableAt: null,
  resolvedAt: null,
  rowsLost: 10,
  rowsRecovered: null,
  ...over,
})

describe('reportMonths', () => {
  const now = new Date('2026-04-15T00:00:00Z')

  it('has every month, also those without an incident, and counts by the zone’s calendar', () => {
    const late = counted('2026-02-28T23:30:00Z')
    expect(reportMonths([late], 3, 'UTC', now).map(({ month, incidents }) => [month, incidents])).toEqual([
      ['2026-02', 1],
      ['2026-03', 0],
      ['2026-04', 0],
    ])
    expect(reportMonths([late], 3, 'Europe/Berlin', now)[1]).toMatchObject({ month: '2026-03', incidents: 1 })
  })

  it('takes the middle and the longest of the clocks that stopped; those that run count in none', () => {
    const [month] = reportMonths(
      [
        counted('2026-04-01T00:00:00Z', { resolvedAt: new Date('2026-04-01T01:00:00Z') }),
        counted('2026-04-02T00:00:00Z', { resolvedAt: new Date('2026-04-02T03:00:00Z'), kind: 'backups' }),
        counted('2026-04-03T00:00:00Z', { acknowledgedAt: null, severity: 'WARNING', rowsLost: null }),
      ],
      1,
      'UTC',
      now,
    )
    expect(month).toMatchObject({
      open: 1,
      resolve: { medianMs: 7_200_000, worstMs: 10_800_000 },
      acknowledge: { medianMs: 240_000, worstMs: 240_000 },
      detect: { medianMs: 120_000, worstMs: 120_000 },
      rowsLost: 20,
      severities: { CRITICAL: 2, WARNING: 1 },
      kinds: { 'data-loss': 2, backups: 1 },
    })
    expect(spreadOf([])).toEqual({ medianMs: null, worstMs: null })
    expect(spreadOf([5, 1, 3])).toEqual({ medianMs: 3, worstMs: 5 })
  })
})

describe('the report’s CSV', () => {
  let store: TestStore
  beforeAll(async () => {
    store = await createTestStore()
  })

  it('disarms what a spreadsheet would take for a formula, and keeps one line per incident', async () => {
    const target = await recordTarget(store.db)
    const title = '=HYPERLINK("http://evil","x"), "quoted"\nand a second line'
    await store.db.insert(incidents).values({
      targetId: target.id,
      title,
      severity: 'CRITICAL',
      openedBy: 'test',
      beganAt: new Date(),
      rowsLost: 3,
    })
    const asked = { months: 2, targetId: target.id, timeZone: 'UTC' }
    const text = await exportReport(store.db, asked, new Date())
    expect(text).toContain(`"'=HYPERLINK(""http://evil"",""x""), ""quoted""\nand a second line"`)
    expect(text.split('\r\n')).toHaveLength(3)
    expect((await readReport(store.db, asked, new Date())).at(-1)).toMatchObject({
      incidents: 1,
      rowsLost: 3,
    })
  })
})
