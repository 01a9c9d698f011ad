import postgres from 'postgres'
import { beforeAll, describe, expect, it } from 'vitest'
import { createGuardedTarget, type GuardedTarget, refusalOf } from '#lib/testing/guarded-target.ts'

const script = `
  create table public.users (id int primary key);
  insert into public.users select generate_series(1, 100);
  create table public.members (id int primary key, user_id int not null, org_id int not null);
  insert into public.members select i, i, 1 from generate_series(1, 100) i;
  create table public.invoices (id int primary key);
  insert into public.invoices select generate_series(1, 100);
  create table public.strict (id int primary key);
  insert into public.strict select generate_series(1, 100);
`

describe.each(['short', 'long'])('a guard that lost a part of itself, by the %s way', (way) => {
  let target: GuardedTarget
  const warnings: { code: string; message: string }[] = []
  let session: postgres.Sql
  beforeAll(async () => {
    target = await createGuardedTarget(script, {
      budget: { statementRows: 10, transactionRows: 20, windowRows: 1000 },
      protectedTables: [
        { table: 'public.users' },
        { table: 'public.members' },
        { table: 'public.invoices' },
        { table: 'public.strict', whenDamaged: 'refuse' },
      ],
      memberships: [
        {
          name: 'members',
          orphaning: 'off',
          users: { table: 'public.users', key: 'id' },
          members: { table: 'public.members', user: 'user_id', organization: 'org_id' },
        },
      ],
    })
    expect(await target.install()).toMatchObject({ installed: true })
    if (way === 'short') await target.letSettle()
    session = postgres(target.url, {
      max: 1,
      onnotice: ({ code, message }) => warnings.push({ code: String(code), message: String(message) }),
    })
    // An approved operation may do anything, also the wrong thing.
    await target.sql.begin(async (transaction) => {
      await transaction`select holdfast.open_permit('careless')`
      await transaction.unsafe('drop table holdfast.journal_statements cascade')
    })
    return () => session.end()
  })
  const left = async (table: string) =>
    Number((await target.sql.unsafe(`select count(*) as n from ${table}`))[0]!.n)

  it('lets a table of business pass, with a warning each time', async () => {
    await session`delete from public.invoices where id <= 5`
    expect(await left('public.invoices')).toBe(95)
    expect(warnings.at(-1)).toMatchObject({
      code: 'HF009',
      message: 'Holdfast: the guard of public.invoices is damaged and let this delete pass, uncounted',
    })
  })

  it.each(['public.users', 'public.members', 'public.strict'])(
    'refuses every change of %s',
    async (table) => {
      const refused = await refusalOf(session.unsafe(`delete from ${table} where id = 1`))
      expect(refused).toMatchObject({ code: 'HF009', hint: 'Repair it with: holdfast guards install NAME' })
      expect(await left(table)).toBe(100)
    },
  )

  it('is found by verification and repaired by installing', async () => {
    const report = await target.verify()
    expect(report.installed).toBe(false)
    expect(report.tables.every((table) => table.state === 'tampered')).toBe(true)
    expect(await target.install()).toMatchObject({ installed: true })
    await session`delete from public.members where id = 1`
    expect((await refusalOf(session`delete from public.invoices`)).code).toBe('HF001')
  })
})
