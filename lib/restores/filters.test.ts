import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { unwrap } from '#lib/errors.ts'
import type { OperationDetails } from '#lib/operations/queries.ts'
import type { RestoreResult } from '#lib/restores/types.ts'
import { applyPolicy } from '#lib/targets/apply-policy.ts'
import { membershipPolicy, membershipScript } from '#lib/testing/membership-stage.ts'
import { createRestoreStage, type RestoreStage } from '#lib/testing/restore-stage.ts'

// Tasks belong to an organisation over their project; notes over a reference that nothing declares; tags to nobody.
const script = `${membershipScript}
  create table public.projects (id int primary key, org_id int not null references public.organizations (id), lead_id int references public.users (id));
  create table public.tasks (id int, line int, project_id int not null references public.projects (id), title text,
    updated_at timestamptz not null default '2026-01-01', primary key (id, line));
  create table public.notes (id int primary key, task text, about text, changed_on text);
  create table public.tags (id int primary key);
  insert into public.users select i, 'u' || i from generate_series(1, 30) i;
  insert into public.members (user_id, org_id) select i, 1 + i % 3 from generate_series(1, 30) i;
  insert into public.projects select i, 1 + i % 3, i from generate_series(1, 30) i;
  insert into public.tasks select i, l, 1 + i % 30, 't' || i, '2026-01-01'::timestamptz + i * interval '1 day' from generate_series(1, 300) i, generate_series(1, 2) l;
  insert into public.notes select i, (1 + i % 30)::text, case i % 10 when 0 then 'person' else 'project' end from generate_series(1, 100) i;
  insert into public.tags select generate_series(1, 5)`

const names = ['users', 'organizations', 'members', 'projects', 'tasks', 'notes', 'tags'].map(
  (name) => `public.${name}`,
)

describe('a restore that is narrowed', () => {
  let stage: RestoreStage
  let snapshotId: string
  const sql = () => stage.target.sql
  const plan = (more: Record<string, unknown> = {}) =>
    stage.restore({ source: { kind: 'snapshot', backupId: snapshotId }, ...more })
  const done = async (operation: OperationDetails) => {
    if (operation.error) throw new Error(JSON.stringify(operation.error))
    const ended = await stage.run(operation)
    if (ended.status !== 'succeeded') throw new Error(JSON.stringify(ended.error))
    return ended.result as RestoreResult
  }
  const count = async (text: string) => {
    const [row] = await sql().unsafe<{ n: number }[]>(`select count(*)::int as n from ${text}`)
    return row!.n
  }
  const planned = (operation: OperationDetails, table: string) =>
    operation.summary!.tables.find((one) => one.table === table)

  beforeAll(async () => {
    stage = await createRestoreStage(script, { environment: 'development' })
    unwrap(
      await applyPolicy(stage.store.ctx, {
        name: stage.target.name,
        document: {
          ...membershipPolicy,
          protectedTables: names.map((table) => ({ table })),
          references: [
            {
              table: 'public.notes',
              columns: ['task'],
              references: 'public.projects',
              referencedColumns: ['id'],
              where: { about: 'project' },
            },
          ],
        },
      }),
    )
    snapshotId = (await stage.take('snapshot')).id
  })

  beforeEach(async () => {
    await sql().unsafe(
      'truncate public.tasks, public.projects, public.notes, public.members, public.users, public.tags',
    )
    const [row] = await sql()<{ schema: string }[]>`
      select nspname as schema from pg_namespace where nspname like 'holdfast_snapshot_%'`
    for (const table of ['users', 'members', 'projects', 'tasks', 'notes', 'tags'])
      await sql().unsafe(
        `insert into public.${table} overriding system value select * from ${row!.schema}.${table}`,
      )
  })

  describe('to one organisation', () => {
    const organization = { key: '2' }

    it('brings back its rows, over declared and undeclared references, and nobody else’s', async () => {
      await sql().unsafe(
        'delete from public.tasks; delete from public.projects; delete from public.notes; delete from public.members',
      )
      const operation = await plan({ organization })
      expect(operation.summary!.sentence).toContain('only the organisation 2')
      expect(operation.summary!.notCovered!.join('\n')).toMatch(
        /public\.users, public\.tags stay out: no reference leads from there to public\.organizations/,
      )
      expect(planned(operation, 'public.tasks')!.notes.join()).toContain(
        'Of this organisation by project_id → public.projects, org_id → public.organizations',
      )
      await done(operation)
      expect(await count('public.projects')).toBe(10)
      expect(await count('public.projects where org_id <> 2')).toBe(0)
      expect(await count('public.members where org_id = 2')).toBe(10)
      expect(await count('public.members')).toBe(10)
      expect(await count('public.tasks')).toBe(200)
      expect(await count(`public.notes where about <> 'project'`)).toBe(0)
      expect(await count('public.notes')).toBe(30)
    })

    it('lets the rows follow that its rows refer to, also where no reference says whose they are', async () => {
      await sql().unsafe('delete from public.tasks; delete from public.projects; delete from public.users')
      const operation = await plan({ organization, tables: ['public.tasks'] })
      expect(planned(operation, 'public.projects')!.notes.join()).toContain('10 rows follow')
      expect(planned(operation, 'public.users')!.notes.join()).toContain('10 rows follow')
      await done(operation)
      expect(await count('public.users')).toBe(10)
      expect(await count('public.tasks')).toBe(200)
    })

    it('made equal to the source, takes away the organisation’s own rows only', async () => {
      await sql().unsafe(
        `insert into public.tasks select 1000 + i, 1, i, 'new' from generate_series(1, 30) i`,
      )
      await sql().unsafe(`update public.tasks set title = 'x' where id <= 30`)
      const operation = await plan({ organization, tables: ['public.tasks'], rows: 'all' })
      expect(planned(operation, 'public.tasks')).toMatchObject({ missing: 0, changed: 20, extra: 10 })
      await done(operation)
      expect(
        await count(
          'public.tasks t join public.projects p on p.id = t.project_id where t.id > 1000 and p.org_id = 2',
        ),
      ).toBe(0)
      expect(await count('public.tasks where id > 1000')).toBe(20)
      expect(await count(`public.tasks where title = 'x'`)).toBe(40)
    })

    it('refuses a table by name from which no reference leads there, and an organisation that nobody knows', async () => {
      expect(await plan({ organization, tables: ['public.tags', 'public.tasks'] })).toMatchObject({
        status: 'failed',
        error: {
          code: 'no-way-to-organization',
          message: expect.stringMatching(/^public\.tags: no reference/),
        },
      })
      for (const key of ['77', 'not a number', `'; drop table public.tags; --`])
        expect(await plan({ organization: { key } })).toMatchObject({
          error: { code: 'organization-not-found' },
        })
      expect(await plan({ organization: { key: '2', membership: 'else' } })).toMatchObject({
        error: { code: 'membership-unknown' },
      })
    })

    it('finds the rows of an organisation that is gone itself', async () => {
      await sql().unsafe(
        'delete from public.tasks; delete from public.projects; delete from public.organizations where id = 2',
      )
      await done(await plan({ organization }))
      expect(await count('public.organizations where id = 2')).toBe(1)
      expect(await count('public.tasks')).toBe(200)
    })
  })

  describe('to rows that were picked', () => {
    it('touches these rows alone, by the keys that the samples of a plan show', async () => {
      await sql().unsafe('delete from public.tasks where id <= 40')
      const first = await plan({ tables: ['public.tasks'] })
      const { samples } = planned(first, 'public.tasks')!
      expect(samples).toHaveLength(50)
      const keys = samples.slice(0, 3).map(({ keyValues }) => keyValues!)
      expect(keys[0]).toEqual(['1', '1'])
      const operation = await plan({ picked: [{ table: 'public.tasks', keys }] })
      expect(operation.summary).toMatchObject({ promisedRows: 3 })
      expect(operation.summary!.sentence).toContain('only 3 picked rows')
      expect(operation.fingerprint).not.toBe(first.fingerprint)
      await done(operation)
      expect(await count('public.tasks where id <= 40')).toBe(3)
    })

    it('shows five samples of a kind where several tables are looked at', async () => {
      await sql().unsafe('delete from public.tasks where id <= 40')
      const operation = await plan()
      expect(planned(operation, 'public.tasks')!.samples).toHaveLength(5)
    })

    it('refuses tables beside the picked rows, rows by half a key, and tables without any', async () => {
      const picked = [{ table: 'public.tasks', keys: [['1', '1']] }]
      expect(await plan({ picked, tables: ['public.tags'] })).toMatchObject({
        error: { code: 'nothing-picked' },
      })
      expect(await plan({ picked: [{ table: 'public.tasks', keys: [['1']] }] })).toMatchObject({
        error: { code: 'key-values' },
      })
      expect(await plan({ picked: [{ table: 'public.nowhere', keys: [['1']] }] })).toMatchObject({
        error: { code: 'table-not-found' },
      })
    })
  })

  describe('to a time', () => {
    const changed = { since: '2026-02-01T00:00:00Z', until: '2026-02-10T00:00:00Z' }

    it('takes the rows that their time column puts there, and names tables without one', async () => {
      await sql().unsafe('delete from public.tasks')
      const operation = await plan({ changed })
      expect(operation.summary!.sentence).toContain(
        'only rows changed from 2026-02-01 00:00 UTC to 2026-02-10 00:00 UTC',
      )
      expect(operation.summary!.notCovered!.join('\n')).toMatch(
        /public\.tags.* stay out: no column tells when/,
      )
      expect(operation.summary!.promisedRows).toBe(20)
      await done(operation)
      expect(await count('public.tasks where updated_at between $$2026-02-01$$ and $$2026-02-10$$')).toBe(20)
      expect(await count('public.tasks')).toBe(20)
      expect(await plan({ changed, tables: ['public.tags'] })).toMatchObject({
        error: { code: 'no-time-column', message: expect.stringContaining('public.tags') },
      })
    })
  })

  describe('with columns renamed since', () => {
    it('says what it could have been, and puts the values under the new name when a person says so', async () => {
      await sql().unsafe(
        'alter table public.tasks rename title to heading; delete from public.tasks where id = 7',
      )
      try {
        const unmapped = await plan({ tables: ['public.tasks'] })
        expect(JSON.stringify([unmapped.summary, unmapped.error])).toContain(
          '--map public.tasks.heading=title',
        )
        const operation = await plan({
          tables: ['public.tasks'],
          renamed: { 'public.tasks': { heading: 'title' } },
        })
        expect(operation.summary!.sentence).toContain('public.tasks.heading from the column title')
        await done(operation)
        expect(await count(`public.tasks where id = 7 and heading = 't7'`)).toBe(2)
        expect(
          await plan({ tables: ['public.tasks'], renamed: { 'public.tags': { id: 'number' } } }),
        ).toMatchObject({ error: { code: 'table-not-found' } })
      } finally {
        await sql().unsafe('alter table public.tasks rename heading to title')
      }
    })
  })
})
