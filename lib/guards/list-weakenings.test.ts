import { describe, expect, it } from 'vitest'
import { listWeakenings } from '#lib/guards/list-weakenings.ts'
import { type PolicyInput, policySchema } from '#lib/targets/policy.ts'

const membership = {
  name: 'members',
  owners: ['owner', 'chief'],
  users: { table: 'public.users', key: 'id' },
  members: { table: 'public.members', user: 'user_id', organization: 'org_id' },
}
const before: PolicyInput = {
  budget: { statementRows: 10, transactionRows: 20, windowRows: 100, windowMinutes: 60 },
  protectedTables: [
    {
      table: 'public.users',
      journal: 'overwritten',
      updates: { columns: ['is_active', 'org_id'], budget: { statementRows: 2 } },
      roles: { purge: { statementRows: 1000, transactionRows: 1000 }, intern: { statementRows: 1 } },
    },
    { table: 'public.orders', budget: { statementPercent: 0.5 } },
  ],
  agents: [{ role: 'bot', budget: { statementRows: 1 } }],
  memberships: [membership],
}

const weakenings = (change: (policy: ReturnType<typeof structuredClone<PolicyInput>>) => void): string[] => {
  const after = structuredClone(before)
  change(after)
  return listWeakenings(policySchema.parse(before), policySchema.parse(after))
}
const users = (policy: PolicyInput) => policy.protectedTables![0]!
const orders = (policy: PolicyInput) => policy.protectedTables![1]!

describe('listWeakenings', () => {
  it('finds nothing in the same policy, in another order, or in more of everything', () => {
    expect(weakenings(() => {})).toEqual([])
    expect(weakenings((policy) => policy.protectedTables!.reverse())).toEqual([])
    expect(
      weakenings((policy) => {
        policy.budget!.statementRows = 5
        policy.budget!.windowMinutes = 120
        policy.protectedTables!.push({ table: 'public.more' })
        orders(policy).journal = 'overwritten'
        orders(policy).updates = { columns: ['total'] }
        users(policy).updates!.columns.push('email')
        policy.agents!.push({ role: 'second', budget: { statementRows: 2 } })
        policy.memberships![0]!.owners!.push('founder')
        policy.retention = { journalDays: 90 }
      }),
    ).toEqual([])
  })

  it('counts no look, probe or row count as protection, nor another hour of the same nights', () => {
    expect(weakenings((policy) => (policy.schedules = { health: '*/5 * * * *' }))).toEqual([])
    expect(
      weakenings((policy) => (policy.schedules = { drill: '45 5 * * *', archive: '15 1,13 * * *' })),
    ).toEqual([])
  })

  const table: [string, (policy: PolicyInput) => unknown, string][] = [
    ['a table unprotected', (p) => p.protectedTables!.pop(), 'public.orders is not protected any more.'],
    ['refuse to warn', (p) => (orders(p).mode = 'warn'), 'warned of instead of refused'],
    ['a journal dropped', (p) => (orders(p).journal = 'none'), 'keeps “none” instead of “deleted”'],
    ['a journal that keeps less', (p) => (users(p).journal = 'deleted'), 'instead of “overwritten”'],
    ['a budget raised', (p) => (p.budget!.statementRows = 11), 'a statement may delete go from 10 to 11'],
    ['a budget without limit', (p) => delete p.budget!.windowRows, 'from 100 to no limit'],
    [
      'a share dropped',
      (p) => delete orders(p).budget,
      'per cent a statement may delete go from 0.5 to no limit',
    ],
    ['a shorter window', (p) => (p.budget!.windowMinutes = 10), '10 minutes instead of 60'],
    [
      'a table’s own budget raised',
      (p) => (orders(p).budget = { statementPercent: 0.5, windowRows: 101 }),
      '100 to 101',
    ],
    ['a column let go', (p) => users(p).updates!.columns.pop(), 'updates of org_id have no budget any more'],
    ['updates let go', (p) => delete users(p).updates, 'its update budget goes'],
    ['an update budget raised', (p) => delete users(p).updates!.budget, 'may update go from 2 to 10'],
    [
      'a standing allowance',
      (p) => (users(p).roles = { ...users(p).roles, night: { windowRows: 5000 } }),
      'role night',
    ],
    ['an allowance raised', (p) => (users(p).roles!.purge!.statementRows = 1001), 'role purge'],
    ['a narrower role let go', (p) => delete users(p).roles!.intern, 'role intern'],
    ['an agent let go', (p) => p.agents!.pop(), 'bot is not held to an agent’s limits'],
    ['an agent’s budget raised', (p) => (p.agents![0]!.budget!.statementRows = 9), 'role bot'],
    ['orphaning off', (p) => (p.memberships![0]!.orphaning = 'off'), 'last membership of a user may go'],
    ['an owner role less', (p) => p.memberships![0]!.owners!.pop(), 'chief is no owner any more'],
    ['a membership rule gone', (p) => p.memberships!.pop(), 'nothing holds the last membership'],
    ['a rule that reads other rows', (p) => (p.memberships![0]!.members.where = { kind: 'x' }), 'other rows'],
    ['archives kept shorter', (p) => (p.retention = { archiveDays: 7 }), 'kept 7 days instead of 30'],
    ['snapshots kept shorter', (p) => (p.retention = { snapshotDays: 1 }), 'kept 1 days instead of 3'],
    ['weeks let go', (p) => (p.retention = { archiveWeeks: 0 }), 'kept for 0 weeks instead of 8'],
    ['months let go', (p) => (p.retention = { archiveMonths: 1 }), 'kept for 1 months instead of 12'],
    ['fewer in any case', (p) => (p.retention = { minimumArchives: 1 }), '1 archives stay instead of 3'],
    ['a store let go', (p) => (p.stores = ['other']), 'do not go to the store local any more'],
    [
      'a drill a week',
      (p) => (p.schedules = { drill: '45 3 * * 0' }),
      'drill runs at “45 3 * * 0” instead of',
    ],
    ['archives on weekdays', (p) => (p.schedules = { archive: '15 2 * * 1-5' }), 'archive runs at'],
    ['a drill that never comes', (p) => (p.schedules = { drill: '0 0 1 1 *' }), 'less often'],
    [
      'proof may be older',
      (p) => (p.objectives = { proofHours: 500 }),
      'unproven for 500 hours instead of 48',
    ],
    ['journals kept shorter', (p) => (p.retention = { journalDays: 7 }), 'keep 7 days instead of 30'],
  ]
  it.each(table)('finds %s', (_what, change, told) => {
    const found = weakenings((policy) => void change(policy))
    expect(found.join('\n')).toContain(told)
  })

  it('does not call the end of a wider allowance a weakening', () => {
    expect(weakenings((policy) => delete users(policy).roles!.purge)).toEqual([])
  })
})
