import { describe, expect, it } from 'vitest'
import { hoursAgo, now, quiet } from '#lib/testing/quiet-facts.ts'
import type { MirrorFact } from './drift-types.ts'
import { judgeFacts } from './problems.ts'

const alike: NonNullable<MirrorFact['newest']> = {
  finishedAt: hoursAgo(0.5),
  inSync: true,
  message: null,
  hint: null,
  missing: 0,
  extra: 0,
  changed: 0,
  orphans: 0,
  tables: [],
  weighty: [],
}
const judge = (newest: Partial<typeof alike> | null, over: Partial<MirrorFact> = {}) =>
  judgeFacts({
    ...quiet,
    mirrors: [
      {
        mirror: 'core',
        master: 'agent',
        since: hoursAgo(100),
        schedule: '5 * * * *',
        newest: newest && { ...alike, ...newest },
        ...over,
      },
    ],
  })

describe('a mirror', () => {
  it('that is like its master is no problem', () => {
    expect(judge({})).toEqual({ problems: [], unknown: [] })
  })

  it('that differs is one, with its counts; worse where the tables are protected', () => {
    const rows = { inSync: false, missing: 5, extra: 1, changed: 15, tables: ['public.leads'] }
    const [problem] = judge(rows).problems
    expect(problem).toMatchObject({
      fingerprint: 'drift:core',
      severity: 'WARNING',
      details: 'public.leads differs from agent: 5 rows missing, 1 row only here, 15 rows changed.',
      remedy: expect.stringContaining('holdfast drift plan agent shop --mirror core'),
    })
    expect(judge({ ...rows, weighty: ['public.leads'] }).problems[0]!.severity).toBe('CRITICAL')
  })

  it('that is equal to its master in rows that refer to nothing is critical all the same', () => {
    expect(judge({ orphans: 14 }).problems).toMatchObject([
      { fingerprint: 'drift:core', severity: 'CRITICAL', details: expect.stringContaining('14 rows refer') },
    ])
  })

  it('that could not be compared, or was not for long, is no data, and leaves what was known before as it is', () => {
    const failed = judge({ inSync: null, message: 'Nothing answers at db:5432.' })
    expect(failed).toMatchObject({
      problems: [{ fingerprint: 'no-data:drift:core', details: 'Nothing answers at db:5432.' }],
      unknown: ['drift:core'],
    })
    for (const late of [judge({ finishedAt: hoursAgo(3) }), judge(null)])
      expect(late).toMatchObject({
        problems: [{ fingerprint: 'no-data:drift:core' }],
        unknown: ['drift:core'],
      })
    expect(judge(null, { since: hoursAgo(1) }).problems).toEqual([])
    expect(judge({ finishedAt: now }, { schedule: '0 3 * * *' }).problems).toEqual([])
  })
})
