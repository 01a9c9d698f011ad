import { describe, expect, it } from 'vitest'
import { judgeDeployment } from '#lib/deployments/judge-deployment.ts'
import { describeRehearsal, listLosses } from '#lib/deployments/judge-rehearsal.ts'
import type { StepName, ValidationStep } from '#lib/deployments/types.ts'
import type { Facts, TableFacts } from '#lib/facts/types.ts'

const step = (name: StepName, status: ValidationStep['status'] = 'passed'): ValidationStep => ({
  name,
  status,
  details: `${name} details`,
  evidence: [],
  durationMs: 1,
})
const migration = { migration: true, rollback: false, constraint: false, skipReason: null }
const passing = (['statements', 'blast-radius', 'health', 'backup', 'rehearsal-forward'] as const).map(
  (name) => step(name),
)

describe('judgeDeployment', () => {
  it('approves when every needed step passed', () => {
    expect(judgeDeployment(passing, migration).verdict).toBe('APPROVED')
  })

  it.each(passing.map((each) => each.name))('blocks when %s was not run', (name) => {
    const steps = passing.filter((each) => each.name !== name)
    expect(judgeDeployment(steps, migration)).toMatchObject({
      verdict: 'BLOCKED',
      reasons: [expect.stringContaining(name)],
    })
  })

  it('blocks on one failed step and says which', () => {
    const steps = passing.map((each) => (each.name === 'health' ? step('health', 'failed') : each))
    expect(judgeDeployment(steps, migration)).toEqual({
      verdict: 'BLOCKED',
      reasons: ['health: health details'],
    })
  })

  it('blocks when a rollback was given and not rehearsed', () => {
    expect(judgeDeployment(passing, { ...migration, rollback: true }).verdict).toBe('BLOCKED')
  })

  it('keeps the reason of an emergency skip in the verdict', () => {
    expect(judgeDeployment([], { ...migration, skipReason: 'the site is down' }).reasons[0]).toContain(
      'the site is down',
    )
  })
})

const table = (name: string, rows: number, checksum: string, columns = ['id', 'a']): TableFacts => ({
  schema: 'public',
  name,
  rows,
  checksum,
  columns,
})
const facts = (...tables: TableFacts[]): Facts => ({
  takenAt: '',
  serverVersionNumber: 150000,
  tables,
  sequences: [],
  constraints: [],
  definitions: [],
  schemaFingerprint: '',
  notCovered: [],
})

describe('describeRehearsal', () => {
  it('says nothing of tables that stayed as they were', () => {
    expect(describeRehearsal(facts(table('a', 5, 'x')), facts(table('a', 5, 'x')))).toEqual([])
  })

  it('sees content that was rewritten though the count stayed', () => {
    expect(describeRehearsal(facts(table('a', 5, 'x')), facts(table('a', 5, 'y')))).toMatchObject([
      { contentChanged: true },
    ])
  })

  it('counts rows, tables and columns that are gone as losses, and new ones not', () => {
    const before = facts(table('a', 5, 'x'), table('b', 7, 'x'), table('c', 1, 'x'))
    const after = facts(table('a', 3, 'y'), table('c', 1, 'z', ['id']), table('d', 0, ''))
    expect(listLosses(describeRehearsal(before, after))).toEqual([
      'public.a has 2 rows less',
      'public.b is gone with 7 rows',
      'public.c lost a',
    ])
  })
})
