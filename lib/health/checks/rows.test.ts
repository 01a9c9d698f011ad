import type postgres from 'postgres'
import { beforeAll, describe, expect, it } from 'vitest'
import { judgeRowCount } from '#lib/health/checks/rows.ts'
import type { Finding, HourBand, RowHistory } from '#lib/health/types.ts'
import type { PolicyInput } from '#lib/targets/policy.ts'
import { findWith, openWatch } from '#lib/testing/check-stage.ts'
import { createTestDatabase } from '#lib/testing/test-db.ts'

const nothing: RowHistory = {
  highestOfDay: null,
  highestOfWeek: null,
  highestOfMonth: null,
  provenRows: null,
  provenAt: null,
}
const band = (lowest: number, highest: number, hours = 14): HourBand => ({
  lowest,
  highest,
  median: (lowest + highest) / 2,
  hours,
})
const limits = { minimumRows: 0, dropPercent: 5, growthPercent: 90 }
const judge = (rows: number, history: Partial<RowHistory>) =>
  judgeRowCount({ schema: 'shop', name: 'carts' }, limits, { ...nothing, ...history }, 'shop')([{ rows }])

describe('rows against the same hour', () => {
  const night = {
    highestOfDay: 1_000,
    highestOfWeek: 1_050,
    highestOfMonth: 1_100,
    provenRows: 1_000,
    provenAt: '2026-01-01T12:00:00.000Z',
    sameHourOfDay: band(190, 220),
  }

  it('are not alarmed by a night that is always quiet, and are by one that is too quiet', () => {
    expect(judge(195, night).status).toBe('healthy')
    expect(judge(185, night).status).toBe('healthy')
    expect(judge(170, night)).toMatchObject({
      status: 'unhealthy',
      details: expect.stringContaining('this hour on the last 14 days'),
    })
  })

  it('know quiet weekends by the weeks, though the days before were loud', () => {
    const saturday = { ...night, sameHourOfDay: band(200, 1_040), sameHourOfWeek: band(200, 230, 6) }
    expect(judge(210, saturday).status).toBe('healthy')
    expect(judge(150, saturday).status).toBe('unhealthy')
    expect(judge(210, { ...saturday, sameHourOfWeek: null }).status).toBe('unhealthy')
  })

  it('still hold a table that only grows against its peak', () => {
    const growing = {
      highestOfDay: 2_000,
      highestOfWeek: 2_000,
      highestOfMonth: 2_000,
      sameHourOfDay: band(1_000, 1_960),
    }
    expect(judge(1_880, growing).status).toBe('unhealthy')
    const slow = { ...growing, sameHourOfDay: band(1_500, 1_980) }
    expect(judge(1_880, slow).status).toBe('unhealthy')
    const fast = { ...growing, sameHourOfDay: band(600, 1_500) }
    expect(judge(1_880, fast).status).toBe('unhealthy')
  })

  it('do not trust a band of too few days', () => {
    expect(judge(195, { ...night, sameHourOfDay: band(190, 220, 3) }).status).toBe('unhealthy')
  })

  it('find 4.9 % lost each day, within a week', () => {
    const days = Array.from({ length: 30 }, (_, day) => Math.round(565 * 0.951 ** day))
    const alarms = days.map((rows, day) => {
      const before = days.slice(0, day)
      if (before.length === 0) return false
      const history = {
        highestOfDay: days[day - 1]!,
        highestOfWeek: Math.max(...before.slice(-7)),
        highestOfMonth: Math.max(...before),
        sameHourOfDay: band(
          Math.min(...before.slice(-14)),
          Math.max(...before.slice(-14)),
          Math.min(14, day),
        ),
      }
      return judge(rows, history).status === 'unhealthy'
    })
    expect(alarms.indexOf(true)).toBeLessThan(7)
    expect(alarms.slice(7)).not.toContain(false)
  })

  it('find a slow loss in a quiet hour too', () => {
    expect(judge(140, { ...night, sameHourOfDay: band(145, 220) }).details).toContain(
      'the highest count of this hour',
    )
  })
})

describe('growth', () => {
  it('far beyond what the hour ever had is asked about, and an ordinary day is not', () => {
    const usual = { highestOfDay: 20_000, sameHourOfDay: band(9_000, 10_000) }
    expect(judge(20_000, usual)).toMatchObject({
      status: 'unhealthy',
      severity: 'WARNING',
      affected: 10_000,
      details: expect.stringContaining('loaded twice'),
    })
    expect(judge(18_000, { ...usual, highestOfDay: 18_000 }).status).toBe('healthy')
    expect(judge(120, { highestOfDay: 120, sameHourOfDay: band(20, 30) }).status).toBe('healthy')
  })

  it('is held against the backup where no hours are known', () => {
    const proven = { provenRows: 1_000, provenAt: '2026-01-01T12:00:00.000Z' }
    expect(judge(2_000, proven).details).toContain('the backup of 2026-01-01 12:00 UTC')
    expect(judge(1_800, proven).status).toBe('healthy')
    expect(judge(2_000, { provenRows: 0 }).status).toBe('healthy')
  })
})

describe('estimates', () => {
  let owner: postgres.Sql
  let sql: postgres.Sql
  beforeAll(async () => {
    const database = await createTestDatabase(`
      create table public.visits (id int, note text default repeat('x', 200)) with (autovacuum_enabled = false);
      create table public.days (id int, note text default repeat('x', 200)) partition by range (id);
      create table public.days_low partition of public.days for values from (0) to (5000) with (autovacuum_enabled = false);
      create table public.days_high partition of public.days for values from (5000) to (100000) with (autovacuum_enabled = false);
      create table public.fresh (id int) with (autovacuum_enabled = false);`)
    owner = database.sql
    await write(`insert into public.visits select generate_series(1, 20000);
      insert into public.days select generate_series(1, 9999); insert into public.fresh select generate_series(1, 1000)`)
    await write('analyze public.visits, public.days')
    sql = openWatch(database.url)
  })

  /** The counters are otherwise up to a second behind. */
  const write = (text: string) =>
    owner.begin(async (tx) => {
      await tx.unsafe(text)
      await tx`select pg_stat_force_next_flush()`
    })

  const count = async (table: string, policy: PolicyInput, rows?: number): Promise<Finding> => {
    const known =
      rows === undefined ? {} : { [table]: { ...nothing, highestOfDay: rows, highestOfMonth: rows } }
    const findings = await findWith(sql, policy, { area: 'rows', history: known })
    return findings.find(({ check }) => check === `rows.count:${table}`)!
  }
  const small = { estimateAboveMegabytes: 1 }
  const watched = (table: string): PolicyInput => ({ rowCounts: [{ table }], counting: small })

  it('are made of large tables that nobody protects, and called so; protected ones are counted', async () => {
    expect(await count('public.visits', watched('public.visits'))).toMatchObject({
      measured: 20_000,
      details: 'About 20,000 rows.',
      statement: expect.stringContaining('reltuples'),
    })
    const guarded = { ...watched('public.visits'), protectedTables: [{ table: 'public.visits' }] }
    expect((await count('public.visits', guarded)).statement).toContain('count(*)')
    const below = { ...watched('public.visits'), counting: { estimateAboveMegabytes: 100 } }
    expect((await count('public.visits', below)).details).toBe('20,000 rows.')
    const asked: PolicyInput = { rowCounts: [{ table: 'public.visits', count: 'exact' }], counting: small }
    expect((await count('public.visits', asked)).details).toBe('20,000 rows.')
  })

  it('never call a table empty that has a row, nor one filled that has none', () => {
    const judgeEstimate = judgeRowCount(
      { schema: 'shop', name: 'carts' },
      limits,
      { ...nothing, highestOfMonth: 9 },
      'shop',
      true,
    )
    expect(judgeEstimate([{ rows: '0', unknown: '0', hasRows: true }]).status).toBe('no-data')
    expect(judgeEstimate([{ rows: '9', unknown: '0', hasRows: false }])).toMatchObject({
      severity: 'EMERGENCY',
      measured: 0,
    })
  })

  it('are never made of a restored copy, which nobody analysed', async () => {
    const asked: PolicyInput = { rowCounts: [{ table: 'public.fresh', count: 'estimate' }] }
    const [found] = await findWith(sql, asked, { area: 'rows', more: { isCopy: true } })
    expect(found!.details).toBe('1,000 rows.')
  })

  it('add up partitions, and know the size of them all', async () => {
    expect((await count('public.days', watched('public.days'))).details).toBe('About 9,999 rows.')
  })

  it('see rows go before anybody analyses, and an emptied table', async () => {
    await write('delete from public.visits where id <= 8000')
    expect(await count('public.visits', watched('public.visits'), 20_000)).toMatchObject({
      severity: 'CRITICAL',
      affected: 8_000,
      details: expect.stringContaining('about 12,000 rows'),
    })
    await owner.unsafe('truncate public.visits')
    const asked: PolicyInput = { rowCounts: [{ table: 'public.visits', count: 'estimate' }] }
    expect(await count('public.visits', asked, 20_000)).toMatchObject({
      severity: 'EMERGENCY',
      measured: 0,
    })
  })

  it('say that they know nothing of a table that was never analysed', async () => {
    const asked: PolicyInput = { rowCounts: [{ table: 'public.fresh', count: 'estimate' }] }
    expect(await count('public.fresh', asked)).toMatchObject({
      status: 'no-data',
      remedy: 'analyze public.fresh;',
    })
  })

  it('follow the size of the table when the counters are lost', async () => {
    await write('truncate public.visits; insert into public.visits select generate_series(1, 10000)')
    await write('analyze public.visits')
    await write('insert into public.visits select generate_series(1, 10000)')
    await write(`select pg_stat_reset_single_table_counters('public.visits'::regclass)`)
    const asked: PolicyInput = { rowCounts: [{ table: 'public.visits', count: 'estimate' }] }
    expect((await count('public.visits', asked)).measured).toBeGreaterThan(19_500)
    expect((await count('public.visits', asked)).measured).toBeLessThan(20_500)
  })
})
