import { expect, it } from 'vitest'
import { createRestoreStage } from '#lib/testing/restore-stage.ts'

const script = (deferrable: string) => `
  create table public.teams (id int primary key, lead_id int);
  create table public.people (id int primary key, team_id int not null references public.teams (id));
  insert into public.teams values (1, null), (2, null);
  insert into public.people values (1, 1), (2, 2);
  update public.teams set lead_id = id;
  alter table public.teams add foreign key (lead_id) references public.people (id) ${deferrable}`

const lose = `alter table public.teams disable trigger all; alter table public.people disable trigger all;
  delete from public.people where id = 2; delete from public.teams where id = 2;
  alter table public.teams enable trigger all; alter table public.people enable trigger all`

it('rows that refer to each other come back where a reference can wait', async () => {
  const stage = await createRestoreStage(script('deferrable'), { environment: 'development' })
  const archive = await stage.take('archive')
  const before = await stage.facts()
  await stage.target.sql.unsafe(lose)
  const operation = await stage.restore({ source: { kind: 'archive', backupId: archive.id } })
  expect(operation).toMatchObject({ status: 'approved', needsApproval: false })
  expect(await stage.run(operation)).toMatchObject({ status: 'succeeded', result: { writtenRows: 2 } })
  expect(await stage.differences(before)).toEqual([])
}, 60_000)

it('the plan refuses rows that no order can insert, and says what would let them in', async () => {
  const stage = await createRestoreStage(script('not deferrable'), { environment: 'development' })
  const archive = await stage.take('archive')
  await stage.target.sql.unsafe(lose)
  const operation = await stage.restore({ source: { kind: 'archive', backupId: archive.id } })
  expect(operation).toMatchObject({
    status: 'failed',
    error: { code: 'reference-cycle', hint: expect.stringContaining('deferrable') },
  })
}, 60_000)
