import { beforeAll, describe, expect, it } from 'vitest'
import { watchTarget } from '#lib/guards/collect-guard-events.ts'
import { createGuardedTarget, type GuardedTarget, refusalOf } from '#lib/testing/guarded-target.ts'

const script = `
  create table public.member (id int primary key, is_active boolean not null default true);
  insert into public.member select generate_series(1, 100);
`
const policy = {
  budget: { statementRows: 10, transactionRows: 15, windowRows: 1000 },
  protectedTables: [{ table: 'public.member', updates: { columns: ['is_active'] } }],
}

/** As an earlier version left it: no act with the attempts, functions with other arguments. */
const makeOlder = `
  do $$ declare name text; begin
    for name in select evtname from pg_event_trigger loop execute format('alter event trigger %I disable', name); end loop;
  end $$;
  alter table holdfast.refused_attempts drop column act;
  drop function holdfast.record_attempt(text, bigint, bigint, text, text);
  create function holdfast.record_attempt(table_name text, attempt bigint, rows bigint, exceeded text) returns boolean
    language plpgsql security definer set search_path = '' as 'begin return false; end';
  drop function holdfast.refuse_change(holdfast.guarded_tables, text, bigint, text, text, text, text);
  create function holdfast.refuse_change(
    guarded holdfast.guarded_tables, code text, rows bigint, exceeded text, message text, hint text
  ) returns void
    language plpgsql security definer set search_path = '' as 'begin raise exception using errcode = code; end';
  drop function holdfast.count_change(regclass, text, bigint, bigint, text, uuid, bigint);
  create function holdfast.count_change(
    relation regclass, act text, statement_id bigint, rows bigint, counted bigint, journal_problem text, permit_id uuid, rows_outside bigint
  ) returns void language plpgsql security definer set search_path = '' as 'begin end';
`

describe('a guard that an earlier version installed', () => {
  let target: GuardedTarget
  beforeAll(async () => {
    target = await createGuardedTarget(script, policy)
    await target.install()
    await target.sql.unsafe(makeOlder)
  })

  it('is still watched before it is brought up to date', async () => {
    expect(await watchTarget(target.store.ctx, target.targetId)).toEqual({ news: false })
  })

  it('is brought up to date by an installation, with nothing of before left', async () => {
    expect(await target.install()).toMatchObject({ installed: true })
    const twice = await target.sql`
      select p.proname from pg_proc p where p.pronamespace = 'holdfast'::regnamespace and p.proname !~ '^dblink' group by 1 having count(*) > 1`
    expect(twice).toEqual([])
  })

  it('then keeps with each attempt what was attempted', async () => {
    await refusalOf(target.sql`delete from public.member`)
    await refusalOf(target.sql`update public.member set is_active = false`)
    const attempts = await target.sql`select act, rows from holdfast.refused_attempts order by recorded_at`
    expect(attempts).toEqual([
      { act: 'delete', rows: '100' },
      { act: 'update', rows: '100' },
    ])
  })
})
