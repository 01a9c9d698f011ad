import { expect, it } from 'vitest'
import { unwrap } from '#lib/errors.ts'
import { applyPolicy } from '#lib/targets/apply-policy.ts'
import { getPolicy } from '#lib/targets/queries.ts'
import { postgresqlMajors, startMajorServer } from '#lib/testing/major-servers.ts'
import { createRestoreStage } from '#lib/testing/restore-stage.ts'

// Inserting takes half a second, longer than every time-out.
const script = `create table public.orders (id int primary key, note text);
  insert into public.orders select i, 'n' || i from generate_series(1, 20) i;
  create function public.ponder() returns trigger language plpgsql as 'begin perform pg_catalog.pg_sleep(0.5); return null; end';
  create trigger ponder after insert on public.orders for each statement execute function public.ponder()`

/** The newest server, which has them all. */
const major = Math.max(...postgresqlMajors)

it('a restore is not ended by any time-out of its role or its database', async () => {
  const stage = await createRestoreStage(script, {
    environment: 'development',
    server: await startMajorServer(major),
  })
  const { document } = await getPolicy(stage.store.db, stage.target.id)
  const protectedTables = [{ table: 'public.orders' }]
  unwrap(
    await applyPolicy(stage.store.ctx, {
      name: stage.target.name,
      document: { ...document, protectedTables },
    }),
  )
  const { id } = await stage.take('snapshot')
  const { sql } = stage.target
  await sql`delete from public.orders where id > 15`
  const [me] = await sql<
    { database: string; role: string }[]
  >`select current_database() as database, current_user as role`
  const settings = [
    'statement_timeout',
    'idle_in_transaction_session_timeout',
    'idle_session_timeout',
    'lock_timeout',
  ]
  if (major >= 17) settings.push('transaction_timeout')
  for (const setting of settings) {
    await sql.unsafe(`alter database "${me!.database}" set ${setting} = '150ms'`)
    await sql.unsafe(`alter role ${me!.role} in database "${me!.database}" set ${setting} = '100ms'`)
  }
  for (const into of ['place', 'copy']) {
    const operation = await stage.restore({ source: { kind: 'snapshot', backupId: id }, into })
    expect(operation.error).toBeNull()
    const ended = await stage.run(operation)
    expect(ended).toMatchObject({ status: 'succeeded', error: null })
  }
})
