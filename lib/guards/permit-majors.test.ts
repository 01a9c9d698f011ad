import { beforeAll, describe, expect, it } from 'vitest'
import { users } from '#drizzle/schema/auth.ts'
import { unwrap } from '#lib/errors.ts'
import { requestPermitWithdrawal } from '#lib/guards/request-permit-withdrawal.ts'
import { watchPermits } from '#lib/guards/watch-permits.ts'
import { refusalOf } from '#lib/testing/guarded-target.ts'
import { listCatalog } from '#lib/testing/list-catalog.ts'
import { postgresqlMajors, startMajorServer } from '#lib/testing/major-servers.ts'
import { createPermitStage, type PermitStage } from '#lib/testing/permit-stage.ts'

const script = `
  do $$ begin
    if not exists (select from pg_roles where rolname = 'majors_cleaner') then
      create role majors_cleaner login password 'majors_cleaner';
    end if;
  end $$;
  create table public.visit (id int primary key, day date not null, is_open boolean not null default true);
  insert into public.visit select i, date '2026-01-01' + i % 50 from generate_series(1, 300) i;
  grant select, delete, update on public.visit to majors_cleaner`

describe.each(postgresqlMajors)('permits on PostgreSQL %i', (major) => {
  let stage: PermitStage
  let before: string[]
  beforeAll(async () => {
    stage = await createPermitStage(
      script,
      {
        budget: { statementRows: 5, transactionRows: 10, windowRows: 1_000 },
        protectedTables: [{ table: 'public.visit', updates: { columns: ['is_open'] } }],
      },
      undefined,
      await startMajorServer(major),
    )
    before = await listCatalog(stage.sql)
    await stage.install()
  })
  const ask = (request: Record<string, unknown> = {}) =>
    stage.permit({ table: 'public.visit', role: 'majors_cleaner', maxRows: 60, ...request })

  it('are used once, within their rows and their predicate, for deletes and for updates', async () => {
    const session = stage.session('majors_cleaner')
    const under = (statement: string, work: string) =>
      session.begin(async (sql) => {
        await sql.unsafe(statement)
        await sql.unsafe(work)
      })
    const first = await ask({ predicate: "day < '2026-01-11'::date" })
    expect(await refusalOf(under(first.statement, 'delete from public.visit where id <= 60'))).toMatchObject({
      code: 'HF005',
    })
    await under(first.statement, "delete from public.visit where day < '2026-01-11'")
    expect(await refusalOf(under(first.statement, 'select 1'))).toMatchObject({ code: 'HF005' })
    const second = await ask({ act: 'update' })
    expect(await refusalOf(under(second.statement, 'update public.visit set is_open = false'))).toMatchObject(
      {
        code: 'HF005',
      },
    )
    await under(second.statement, 'update public.visit set is_open = false where id <= 60')
    await session.end()
    expect(await watchPermits(stage.store.ctx, stage.targetId)).toEqual({ news: true })
  })

  it('are withdrawn, and an open one leaves nothing behind when the guards are removed', async () => {
    const { id } = await ask()
    const { jobRunId } = unwrap(await requestPermitWithdrawal(stage.store.ctx, { permitId: id }))
    expect(await stage.work(jobRunId)).toMatchObject({ status: 'succeeded' })
    await ask()
    // What operations leave in the schema is not the guards’; with it the schema goes as well.
    await stage.sql`drop table holdfast.operation_markers`
    await stage.store.db.update(users).set({ disabledAt: new Date(Date.now() - 2 * 86_400_000) })
    await stage.remove()
    expect(await listCatalog(stage.sql)).toEqual(before)
  })
})
