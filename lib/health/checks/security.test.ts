import { randomBytes } from 'node:crypto'
import type postgres from 'postgres'
import { beforeAll, describe, expect, it } from 'vitest'
import type { Finding } from '#lib/health/types.ts'
import type { PolicyInput } from '#lib/targets/policy.ts'
import { findWith, openWatch } from '#lib/testing/check-stage.ts'
import { cleanUp } from '#lib/testing/clean-up.ts'
import { createTestDatabase } from '#lib/testing/test-db.ts'

const suffix = randomBytes(4).toString('hex')
const [anon, member] = [`anon_${suffix}`, `member_${suffix}`]

const schema = `
  create role ${anon} nologin;
  create role ${member} nologin;
  grant usage on schema public to ${anon}, ${member};
  create table public."user" (id int primary key, owner text, unique (owner));
  create table public.posts (id int primary key, owner text);
  create table public.settings (id int primary key, value text);
  create table public.inner_things (id int primary key);
  alter table public."user" enable row level security;
  alter table public."user" force row level security;
  create policy own on public."user" using (owner = current_user);
  alter table public.posts enable row level security;
  create policy "own posts" on public.posts to ${member} using (owner = current_user);
  grant select, insert on public.posts to ${anon}, ${member};
  revoke all on schema public from public;
`

describe('row-level security', () => {
  let owner: postgres.Sql
  let sql: postgres.Sql
  beforeAll(async () => {
    const database = await createTestDatabase(schema)
    owner = database.sql
    sql = openWatch(database.url)
    cleanUp(async () => {
      await owner.unsafe(`drop owned by ${anon}, ${member}; drop role ${anon}, ${member}`)
    })
  })

  const wanted = { exposedRoles: [anon], tables: ['public.user', 'public.posts'] }

  /** The security findings while something is changed, which is put back. */
  const during = async (change: string, rowSecurity: PolicyInput['rowSecurity'] = wanted) => {
    let findings: Finding[] = []
    const back = new Error('put back')
    // The findings come from the session that changes, so nobody else ever sees it.
    await owner
      .begin(async (tx) => {
        await tx.unsafe(change)
        findings = await findWith(tx as unknown as postgres.Sql, { rowSecurity }, { area: 'security' })
        throw back
      })
      .catch((error) => {
        if (error !== back) throw error
      })
    return (name: string): Finding => findings.find(({ check }) => check === `security.${name}`)!
  }

  it('is healthy where it is on, has policies, and strangers reach nothing else', async () => {
    const findings = await findWith(sql, { rowSecurity: wanted }, { area: 'security' })
    expect(findings.filter(({ status }) => status !== 'healthy')).toEqual([])
    expect(findings.find(({ check }) => check === 'security.policies')).toMatchObject({
      severity: 'INFO',
      measured: 2,
      details:
        '2 policies on 2 tables with row-level security. The owners of 1 table pass without them (not forced).',
    })
  })

  it.each([
    [
      'switched off',
      'alter table public.posts disable row level security',
      {},
      'CRITICAL',
      'public.posts (off)',
    ],
    ['without a policy', 'drop policy "own posts" on public.posts', {}, 'WARNING', '(on, without a policy)'],
    ['gone', 'drop table public.posts', {}, 'CRITICAL', '(not there, or no table)'],
    ['not forced where that is wanted', 'select 1', { forced: true }, 'WARNING', '(not for its owner'],
  ] as const)(
    'of a table that needs it and has it %s is a finding',
    async (_, change, more, severity, words) => {
      const of = await during(change, { ...wanted, ...more })
      expect(of('required')).toMatchObject({
        status: 'unhealthy',
        severity,
        affected: 1,
        details: expect.stringContaining(words),
      })
    },
  )

  it('that nobody passes is a finding only where somebody was let near', async () => {
    const granted = await during('drop policy "own posts" on public.posts')
    expect(granted('without-policies')).toMatchObject({
      severity: 'WARNING',
      samples: [{ id: 'public.posts' }],
    })
    const alone = await during('alter table public.settings enable row level security')
    expect(alone('without-policies').details).toContain('let nobody in but the owner')
  })

  it('with policies, and switched off, looks protected and is not', async () => {
    const of = await during('alter table public.posts disable row level security')
    expect(of('row-level')).toMatchObject({ severity: 'CRITICAL', samples: [{ id: 'public.posts' }] })
  })

  it.each([
    ['for reading', `create policy open on public.posts for select to ${anon} using (true)`, 'WARNING'],
    ['for everybody', 'create policy open on public.posts using (1 = 1)', 'CRITICAL'],
    ['for writing', `create policy open on public.posts for insert to ${anon} with check (true)`, 'CRITICAL'],
    [
      'by one arm',
      'create policy open on public.posts for update using (owner = current_user or true)',
      'CRITICAL',
    ],
  ])('that every row passes %s is found', async (_, change, severity) => {
    expect((await during(change))('always-true')).toMatchObject({
      status: 'unhealthy',
      severity,
      affected: 1,
      samples: [{ id: 'public.posts open' }],
    })
  })

  it('that every row passes is fine for a trusted role, when narrowed by another policy, and where it is meant', async () => {
    const trusted = await during(`create policy open on public.posts to ${member} using (true)`)
    expect(trusted('always-true').status).toBe('healthy')
    const narrowed = await during(`create policy open on public.posts for select using (true);
      create policy narrow on public.posts as restrictive for select using (owner = current_user)`)
    expect(narrowed('always-true').status).toBe('healthy')
    const open = { ...wanted, openTables: ['public.posts'] }
    const meant = await during('create policy open on public.posts for select using (true)', open)
    expect(meant('always-true').status).toBe('healthy')
    const written = await during('create policy open on public.posts using (true)', open)
    expect(written('always-true').severity).toBe('CRITICAL')
  })

  it.each([
    [
      'a role that strangers act as',
      `grant select on public.settings to ${anon}`,
      'CRITICAL',
      `${anon}: SELECT`,
    ],
    [
      'the role by a group',
      `grant delete on public.settings to ${member}; grant ${member} to ${anon}`,
      'CRITICAL',
      `${anon}: DELETE`,
    ],
    ['one column of it', `grant update (value) on public.settings to ${anon}`, 'CRITICAL', `${anon}: UPDATE`],
    [
      'everybody',
      'grant usage on schema public to public; grant select on public.settings to public',
      'CRITICAL',
      'public: SELECT',
    ],
  ])('missing on a table that is open to %s is found', async (_, change, severity, note) => {
    expect((await during(change))('exposed')).toMatchObject({
      status: 'unhealthy',
      severity,
      affected: 1,
      samples: [{ id: 'public.settings', note: expect.stringContaining(note) }],
    })
  })

  it('is not asked for where the schema is closed, or reading is meant', async () => {
    const closed = await during('grant all on public.settings to public', { exposedRoles: [] })
    expect(closed('exposed').status).toBe('healthy')
    const meant = await during(`grant select on public.settings to ${anon}`, {
      ...wanted,
      openTables: ['public.settings'],
    })
    expect(meant('exposed').status).toBe('healthy')
    const written = await during(`grant insert on public.settings to ${anon}`, {
      ...wanted,
      openTables: ['public.settings'],
    })
    expect(written('exposed').severity).toBe('CRITICAL')
  })

  it('that a view or a materialized view leads past is found', async () => {
    for (const kind of ['view', 'materialized view']) {
      const of = await during(
        `create ${kind} public.all_posts as select * from public.posts; grant select on public.all_posts to ${anon}`,
      )
      expect(of('views')).toMatchObject({
        severity: 'CRITICAL',
        samples: [{ id: 'public.all_posts', label: 'reads posts' }],
      })
    }
    const invoker = await during(
      `create view public.all_posts with (security_invoker = true) as select * from public.posts; grant select on public.all_posts to ${anon}`,
    )
    expect(invoker('views').status).toBe('healthy')
  })

  it('for a role that is gone is found', async () => {
    const of = await during(`set local allow_system_table_mods = on;
      update pg_policy set polroles = '{4294967295}' where polname = 'own posts'`)
    expect(of('dropped-roles')).toMatchObject({
      status: 'unhealthy',
      samples: [{ id: 'public.posts "own posts"' }],
    })
  })
})
