import { describe, expect, it } from 'vitest'
import { permissions } from '#lib/auth/permissions.ts'
import { type Incident, incidentKinds } from '#lib/incidents/types.ts'
import { nextStep, planRunbook } from './plan-runbook.ts'
import { runbooks } from './runbooks.ts'
import type { RunbookFacts } from './types.ts'

const at = new Date('2026-03-29T00:00:00Z')
const incident: Incident = {
  id: '7a0c9a52-0f5e-4a56-9d0d-000000000001',
  number: 12,
  title: 'Members are gone',
  kind: 'data-loss',
  severity: 'EMERGENCY',
  status: 'open',
  targetId: '7a0c9a52-0f5e-4a56-9d0d-000000000002',
  targetName: "salon's; rm -rf /",
  environment: 'production',
  commander: null,
  assignee: null,
  openedAt: at,
  openedBy: 'worker:1',
  beganAt: at,
  acknowledgedAt: null,
  stableAt: null,
  resolvedAt: null,
  closedAt: null,
  rowsLost: 100,
  rowsRecovered: null,
  lastGoodState: null,
  resolution: null,
}
const facts: RunbookFacts = {
  incident,
  timeline: [],
  operations: [],
  lostTables: ['public.members', 'public."ro,les"'],
  ticks: [],
  guards: { installed: 1, tables: 2 },
  checks: null,
  windowTitle: null,
  schedules: null,
  toldStakeholders: 0,
  statusNotice: null,
}
const keysOf = (over: Partial<RunbookFacts> = {}) => planRunbook({ ...facts, ...over }).map(({ key }) => key)

describe('runbooks', () => {
  it.each(incidentKinds)('of %s begins with command, ends with closing, and names each step once', (kind) => {
    const keys = runbooks[kind].map(({ key }) => key)
    expect(keys[0]).toBe('command')
    expect(keys.at(-1)).toBe('close')
    expect(new Set(keys).size).toBe(keys.length)
    expect(keys).toEqual(expect.arrayContaining(['tell', 'status-page', 'resolve', 'write-up']))
  })

  it.each(incidentKinds)('of %s shows no button that asks for a permission nobody has', (kind) => {
    const stable = { ...incident, kind, status: 'stable' as const }
    for (const each of [{ ...incident, kind }, stable]) {
      for (const { act } of planRunbook({ ...facts, incident: each })) {
        if (act && 'permission' in act && act.permission) expect(permissions).toHaveProperty([act.permission])
      }
    }
  })

  it('of a data loss has the whole emergency: stop, assess, good state, restore, verify, try, tell, never again', () => {
    expect(keysOf()).toEqual(
      expect.arrayContaining([
        ...['stop', 'guard', 'loss', 'good-state', 'plan', 'restore', 'verify', 'critical'],
        ...[
          'tell',
          'status-page',
          'write-up',
          'prevention',
          'backups-daily',
          'drills-weekly',
          'gate',
          'team',
        ],
      ]),
    )
  })

  it('leads to the first step that nobody did and that must be done', () => {
    const next = (over: Partial<RunbookFacts>) => nextStep(planRunbook({ ...facts, ...over }))?.key
    expect(next({})).toBe('command')
    const commanded = { ...incident, commander: 'ada@example.com' }
    expect(next({ incident: commanded })).toBe('stop')
    const tick = { stepKey: 'stop', isDone: true, note: null, at, by: 'user:ada@example.com' }
    expect(next({ incident: commanded, ticks: [tick] })).toBe('guard')
    expect(next({ incident: commanded, ticks: [{ ...tick, isDone: false }] })).toBe('stop')
  })

  it('fills the restore with what is known, and quotes what a shell would run', () => {
    const plan = planRunbook(facts).find(({ key }) => key === 'plan')!
    if (plan.act?.type !== 'go') throw new Error('no link')
    const asked = new URL(plan.act.href, 'http://localhost').searchParams
    expect(Object.fromEntries(asked)).toEqual({
      target: incident.targetName,
      incident: incident.id,
      since: at.toISOString(),
      tables: 'public.members,public."ro,les"',
    })
    expect(plan.behind).toContain(`holdfast restores plan 'salon'\\''s; rm -rf /' --from journal`)
  })

  it('takes verifying for done only when every check was well after the last thing that was written', () => {
    const verify = (unhealthy: number, lastAt: Date | null) =>
      planRunbook({
        ...facts,
        checks: { unhealthy, lastAt },
        operations: [
          {
            id: 'x',
            kind: 'restore',
            status: 'succeeded',
            doneRows: 1,
            finishedAt: new Date(at.getTime() + 60_000),
          },
        ],
      }).find(({ key }) => key === 'verify')?.done
    expect(verify(0, new Date(at.getTime() + 30_000))).toBeNull()
    expect(verify(1, new Date(at.getTime() + 90_000))).toBeNull()
    expect(verify(0, new Date(at.getTime() + 90_000))).toMatch(/^All well/)
  })
})
