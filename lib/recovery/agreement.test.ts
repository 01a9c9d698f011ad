import fc from 'fast-check'
import type postgres from 'postgres'
import { beforeAll, describe, expect, it } from 'vitest'
import { planMembershipChecks } from '#lib/health/checks/membership.ts'
import { listLockedOut } from '#lib/recovery/list-locked-out.ts'
import { openMembership } from '#lib/recovery/membership-rows.ts'
import { runSql } from '#lib/rows/run-sql.ts'
import type { Fragment } from '#lib/sql/fragment.ts'
import { listTables } from '#lib/targets/introspect.ts'
import { connectToUrl } from '#lib/targets/open-target.ts'
import { policySchema } from '#lib/targets/policy.ts'
import { createTestDatabase } from '#lib/testing/test-db.ts'

const script = `
  create table public.users (id int primary key, gone timestamptz);
  create table public.orgs (id int primary key, state text not null);
  create table public.members (user_id int, org_id int, kind text, active boolean, starts timestamptz, ends timestamptz, role text);
  create table public.roles (user_id int, org_id int, field text, value text);`

interface World {
  users: { id: number; isGone: boolean }[]
  orgs: { id: number; isOpen: boolean }[]
  members: {
    user: number | null
    org: number
    kind: string | null
    active: boolean | null
    starts: number | null
    ends: number | null
    role: string | null
  }[]
  roles: { user: number; org: number; field: string; value: string | null }[]
}

const dayMs = 86_400_000
/** Most memberships are in force, so that what keeps a few out is not lost among many. */
const days = fc.constantFrom(null, null, null, null, null, null, -40, -3, 5, 40)
const mostly = fc.constantFrom(true, true, true, false)

const worlds: fc.Arbitrary<World> = fc.record({
  users: fc.uniqueArray(fc.record({ id: fc.integer({ min: 1, max: 3 }), isGone: mostly.map((is) => !is) }), {
    selector: (user) => user.id,
    minLength: 2,
    maxLength: 3,
  }),
  orgs: fc.uniqueArray(fc.record({ id: fc.integer({ min: 1, max: 3 }), isOpen: mostly }), {
    selector: (org) => org.id,
    maxLength: 3,
  }),
  members: fc.array(
    fc.record({
      user: fc.option(fc.integer({ min: 1, max: 4 }), { nil: null }),
      org: fc.integer({ min: 1, max: 4 }),
      kind: fc.constantFrom('member', 'member', 'member', 'member', 'member', 'likes', null),
      active: fc.constantFrom(true, true, true, true, true, false, null),
      starts: days,
      ends: days,
      role: fc.constantFrom('owner', 'user', '', null),
    }),
    { minLength: 2, maxLength: 10 },
  ),
  roles: fc.array(
    fc.record({
      user: fc.integer({ min: 1, max: 3 }),
      org: fc.integer({ min: 1, max: 4 }),
      field: fc.constantFrom('role', 'role', 'colour'),
      value: fc.constantFrom('owner', 'user', '', null),
    }),
    { minLength: 1, maxLength: 6 },
  ),
})

const nobody = { targetName: 'x', history: new Map(), roleName: 'x', isMonitor: false }

type Where = 'members' | 'table' | 'table without organisation' | 'nowhere'

const ruleOf = (where: Where) =>
  policySchema.parse({
    memberships: [
      {
        name: 'rule',
        owners: ['owner'],
        users: { table: 'public.users', key: 'id', living: { gone: null } },
        organizations: { table: 'public.orgs', key: 'id', living: { state: 'open' } },
        members: {
          table: 'public.members',
          user: 'user_id',
          organization: 'org_id',
          where: { kind: 'member' },
          active: { active: true },
          startsAt: 'starts',
          expiresAt: 'ends',
          ...(where === 'members' ? { role: 'role' } : {}),
        },
        ...(where.startsWith('table')
          ? {
              roles: {
                table: 'public.roles',
                user: 'user_id',
                ...(where === 'table' ? { organization: 'org_id' } : {}),
                where: { field: 'role' },
                value: 'value',
              },
            }
          : {}),
      },
    ],
  })

/** What the checks and the recovery must find, said once more: row by row, without any SQL. */
function oracle(world: World, where: Where) {
  const isOpen = (org: number) => world.orgs.some((one) => one.id === org && one.isOpen)
  const living = world.users.filter((user) => !user.isGone)
  const isLiving = (user: number | null) => living.some(({ id }) => id === user)
  const stateOf = (member: World['members'][number]): number => {
    if (member.active !== true) return 1
    if (member.ends !== null && member.ends < 0) return 2
    if (member.starts !== null && member.starts > 0) return 3
    return isOpen(member.org) ? 5 : 4
  }
  const members = world.members.filter((member) => member.kind === 'member')
  const rolesOf = (member: World['members'][number]): string[] => {
    if (where === 'members') return member.role ? [member.role] : []
    return world.roles.flatMap(({ user, org, field, value }) =>
      field === 'role' && value && user === member.user && (where !== 'table' || org === member.org)
        ? [value]
        : [],
    )
  }
  const reasons = ['missing', 'inactive', 'expired', 'not-started', 'dead-organization']
  const lockedOut = new Map<string, string>()
  for (const { id } of living) {
    const own = members.filter((member) => member.user === id)
    const best = Math.max(0, ...own.map(stateOf))
    const reason =
      reasons[best] ??
      (where !== 'nowhere' && !own.some((member) => stateOf(member) === 5 && rolesOf(member).length > 0)
        ? 'without-role'
        : null)
    if (reason) lockedOut.set(String(id), reason)
  }
  const inForce = members.filter((member) => stateOf(member) === 5 && isLiving(member.user))
  const open = world.orgs.filter((org) => org.isOpen).map(({ id }) => id)
  const ownersOf = (org: number) =>
    inForce.filter((member) => member.org === org && rolesOf(member).includes('owner'))
  const isLeaving = (org: number) =>
    ownersOf(org).length > 0 && ownersOf(org).every((member) => member.ends !== null && member.ends <= 14)
  const pairs = inForce.map((member) => `${member.user} in ${member.org}`)
  return {
    lockedOut,
    'empty-organization': open.filter((org) => !inForce.some((member) => member.org === org)).map(String),
    ownerless: open
      .filter((org) => inForce.some((member) => member.org === org) && ownersOf(org).length === 0)
      .map(String),
    'owner-leaving': open.filter(isLeaving).map(String),
    'duplicate-membership': [...new Set(pairs.filter((pair, i) => pairs.indexOf(pair) !== i))],
  }
}

describe('health and recovery', () => {
  let sql: postgres.Sql

  beforeAll(async () => {
    const { url } = await createTestDatabase(script)
    sql = connectToUrl(url, 'owner', { purpose: 'test' })
    return () => sql.end()
  })

  async function fill(transaction: postgres.TransactionSql, world: World): Promise<void> {
    const at = (day: number | null) =>
      day === null ? null : new Date(Date.now() + day * dayMs).toISOString()
    const rows = {
      users: world.users.map(({ id, isGone }) => ({ id, gone: isGone ? at(-1) : null })),
      orgs: world.orgs.map(({ id, isOpen }) => ({ id, state: isOpen ? 'open' : 'closed' })),
      members: world.members.map(({ user, org, kind, active, starts, ends, role }) => ({
        user_id: user,
        org_id: org,
        kind,
        active,
        starts: at(starts),
        ends: at(ends),
        role,
      })),
      roles: world.roles.map(({ user, org, field, value }) => ({ user_id: user, org_id: org, field, value })),
    }
    for (const [table, list] of Object.entries(rows))
      await transaction.unsafe(
        `insert into public.${table} select * from jsonb_populate_recordset(null::public.${table}, $1::text::jsonb)`,
        [JSON.stringify(list)],
      )
  }

  it('find the same people and organisations, as plain rows tell them, in any data', async () => {
    const tables = await listTables(sql)
    const where = fc.constantFrom<Where>('members', 'table', 'table without organisation', 'nowhere')
    const seed = Number(process.env.FC_SEED ?? Date.now() % 1_000_000)
    console.info(`seed ${seed}`)
    await fc.assert(
      fc.asyncProperty(worlds, where, async (world, roles) => {
        const expected = oracle(world, roles)
        const policy = ruleOf(roles)
        await sql
          .begin(async (transaction) => {
            await fill(transaction, world)
            const membership = openMembership(policy.memberships[0]!, tables)
            const { users, livingUsers } = await listLockedOut({ sql: transaction }, membership)
            expect(new Map(users.map((user) => [user.user, user.reason]))).toEqual(expected.lockedOut)
            expect(livingUsers).toBe(world.users.filter((user) => !user.isGone).length)
            const checks = planMembershipChecks({ ...nobody, policy, tables })
            for (const check of checks) {
              if (!('collect' in check)) throw new Error(`${check.check} cannot run`)
              const kind = check.check.slice('membership.'.length, -':rule'.length)
              // These speak of no user and of no organisation.
              if (kind === 'users' || kind === 'dangling') continue
              const [row] = await runSql<{ affected: number; samples: { id: string }[] | null }>(
                { sql: transaction },
                check.collect as Fragment,
              )
              const found = (row!.samples ?? []).map(({ id }) => id).sort()
              const wanted =
                kind in expected
                  ? expected[kind as 'ownerless']
                  : [...expected.lockedOut].filter(([, reason]) => reason === kind).map(([id]) => id)
              expect([kind, found]).toEqual([kind, [...wanted].sort()])
              expect(row!.affected).toBe(wanted.length)
            }
            throw new Error('undone')
          })
          .catch((error: Error) => {
            if (error.message !== 'undone') throw error
          })
      }),
      { seed, numRuns: 100 },
    )
  })
})
