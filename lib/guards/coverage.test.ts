import { describe, expect, it } from 'vitest'
import { type CoverageEvidence, coverTables, windowKey } from '#lib/guards/coverage.ts'
import { policySchema } from '#lib/targets/policy.ts'

const now = new Date('2026-03-10T12:00:00Z')
const policy = policySchema.parse({
  budget: { statementRows: 25, windowRows: 200, windowPercent: 1 },
  protectedTables: [
    {
      table: 'public.member',
      budget: { statementRows: 3 },
      updates: { columns: ['is_active'], budget: { statementRows: 5 } },
      roles: { purge: { windowRows: 5_000 } },
    },
    { table: 'public.gone', mode: 'warn' },
  ],
  rowCounts: [{ table: 'public.member' }],
  references: [
    { table: 'public.lead', columns: ['a'], references: 'public.member', referencedColumns: ['id'] },
  ],
})
const copied = (name: string, rows: number) => ({ schema: 'public', name, rows })
const evidence = (change: Partial<CoverageEvidence> = {}): CoverageEvidence => ({
  states: [{ table: 'public.member', state: 'installed', problems: [], verifiedAt: now }],
  rows: new Map([['public.member', 10_000]]),
  used: new Map([[windowKey('public.member', 'delete', 'purge'), 40]]),
  snapshot: [copied('member', 9_999)],
  archive: [copied('small', 2), copied('empty', 0), copied('lead', 900), copied('member', 9_990)],
  drill: null,
  now,
  ...change,
})

describe('coverTables', () => {
  it('names what is protected first, then what is not and has rows, the largest first', () => {
    const tables = coverTables(policy, evidence())
    expect(tables.map(({ table, isProtected, rows }) => [table, isProtected, rows])).toEqual([
      ['public.member', true, 10_000],
      ['public.gone', true, null],
      ['public.lead', false, 900],
      ['public.small', false, 2],
    ])
    expect(coverTables(policy, evidence({ archive: null })).map(({ table }) => table)).toEqual([
      'public.member',
      'public.gone',
    ])
  })

  it('says for each table what watches it and which copies hold it', () => {
    const [member, gone, lead] = coverTables(policy, evidence())
    expect(member).toMatchObject({
      monitors: ['row-counts', 'references'],
      inSnapshot: true,
      inArchive: true,
    })
    expect(gone).toMatchObject({
      monitors: [],
      guard: null,
      mode: 'warn',
      inSnapshot: false,
      inArchive: false,
    })
    expect(lead).toMatchObject({ monitors: ['references'], inSnapshot: false, inArchive: true, budgets: [] })
  })

  it('lists the budget of deletes, of updates and of each role, with what the window allows and holds', () => {
    const [member] = coverTables(policy, evidence())
    expect(member!.budgets).toMatchObject([
      { act: 'delete', role: null, budget: { statementRows: 3, windowRows: 200 }, windowAllows: 100 },
      { act: 'delete', role: 'purge', windowAllows: 100, windowUsed: 40 },
      { act: 'update', role: null, columns: ['is_active'], budget: { statementRows: 5 } },
      { act: 'update', role: 'purge', budget: { statementRows: 5, windowRows: 5_000 } },
    ])
  })

  it('trusts a drill for what its backup held, says when it is old and which table differed', () => {
    const drill = {
      verdict: 'failed' as const,
      finishedAt: new Date('2026-03-05T12:00:00Z'),
      tables: [copied('member', 1), copied('lead', 1)],
      subjects: ['public.member', 'lead_fk on public.lead'],
    }
    const [member, gone, lead, small] = coverTables(policy, evidence({ drill }))
    expect(member!.drill).toMatchObject({ verdict: 'failed', isStale: true, differs: true })
    expect(lead!.drill).toMatchObject({ differs: true })
    expect([gone!.drill, small!.drill]).toEqual([null, null])
    const fresh = { ...drill, verdict: 'passed' as const, finishedAt: now, subjects: [] }
    expect(coverTables(policy, evidence({ drill: fresh }))[0]!.drill).toMatchObject({
      isStale: false,
      differs: false,
    })
  })
})
