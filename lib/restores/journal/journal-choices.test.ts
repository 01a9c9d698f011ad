import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { unwrap } from '#lib/errors.ts'
import type { OperationDetails } from '#lib/operations/queries.ts'
import type { RestoreResult } from '#lib/restores/types.ts'
import { applyPolicy } from '#lib/targets/apply-policy.ts'
import { membershipPolicy, membershipScript } from '#lib/testing/membership-stage.ts'
import { createRestoreStage, type RestoreStage } from '#lib/testing/restore-stage.ts'

const script = `${membershipScript}
  create table public.projects (id int primary key, org_id int not null references public.organizations (id));
  create table public.tasks (id int primary key, project_id int not null references public.projects (id), title text)`

const fill = `
  delete from public.tasks; delete from public.projects;
  insert into public.projects select i, 1 + i % 3 from generate_series(1, 30) i;
  insert into public.tasks select i, 1 + i % 30, 't' || i from generate_series(1, 300) i`

describe('what a journal kept', () => {
  let stage: RestoreStage
  const sql = () => stage.target.sql
  const transaction = (...statements: string[]) =>
    sql().begin(async (open) => {
      for (const statement of statements) await open.unsafe(statement)
      const [row] = await open<{ id: string }[]>`select pg_current_xact_id()::text as id`
      return row!.id
    }) as Promise<string>
  const run = async (id: string, more: Record<string, unknown>) => {
    const operation = await stage.restore({ source: { kind: 'journal', transactionIds: [id] }, ...more })
    if (operation.error) throw new Error(JSON.stringify(operation.error))
    const ended: OperationDetails = await stage.run(operation)
    if (ended.status !== 'succeeded') throw new Error(JSON.stringify(ended.error))
    return ended.result as RestoreResult
  }
  const rowsIn = ({ copy }: RestoreResult) =>
    Object.fromEntries(copy!.tables.map(({ table, rows }) => [table, rows]))

  beforeAll(async () => {
    stage = await createRestoreStage(script, { environment: 'development' })
    unwrap(
      await applyPolicy(stage.store.ctx, {
        name: stage.target.name,
        document: { ...membershipPolicy, protectedTables: [] },
      }),
    )
    await stage.guard([
      'public.projects',
      { table: 'public.tasks', journal: 'overwritten', updates: { columns: ['title'] } },
    ])
  })
  beforeEach(() => sql().unsafe(fill))

  it('comes beside the originals: what was deleted, with what was overwritten, also where live changed it again', async () => {
    const id = await transaction(
      'delete from public.tasks where id <= 20',
      `update public.tasks set title = 'x' where id > 290`,
    )
    await sql()`update public.tasks set title = 'again' where id = 300`
    expect(rowsIn(await run(id, { into: 'copy' }))).toEqual({ 'public.tasks': 20 })
    const both = await run(id, { into: 'copy', rows: 'changed' })
    expect(rowsIn(both)).toEqual({ 'public.tasks': 30 })
    const [row] = await sql().unsafe<{ n: number }[]>(
      `select count(*)::int as n from ${both.copy!.tables[0]!.copy} where title = 't' || id`,
    )
    expect(row).toEqual({ n: 30 })
    expect(await sql()`select from public.tasks where title = 'again'`).toHaveLength(1)
  })

  it('comes back for one organisation, by references over rows that the same transaction deleted', async () => {
    // Of two projects only their tasks were deleted: those lead to their organisation over live rows.
    const id = await transaction(
      'delete from public.tasks',
      'delete from public.projects where id not in (1, 2)',
    )
    const result = await run(id, { organization: { key: '2' } })
    expect(result.writtenRows).toBe(100 + 9)
    expect(await sql()`select from public.projects where org_id <> 2`).toHaveLength(1)
    expect(
      await sql()`select from public.tasks t join public.projects p on p.id = t.project_id where p.org_id = 2`,
    ).toHaveLength(100)
  })

  it('comes back row by row', async () => {
    const id = await transaction('delete from public.tasks where id <= 20')
    const picked = [{ table: 'public.tasks', keys: [['3'], ['7']] }]
    expect((await run(id, { picked })).writtenRows).toBe(2)
    expect(await sql()`select from public.tasks where id in (3, 7)`).toHaveLength(2)
  })
})
