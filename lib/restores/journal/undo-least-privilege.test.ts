import { randomBytes } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { unwrap } from '#lib/errors.ts'
import { leastPrivilegeSql } from '#lib/targets/role-sql.ts'
import { setCredential } from '#lib/targets/set-credential.ts'
import { cleanUp } from '#lib/testing/clean-up.ts'
import { createRestoreStage } from '#lib/testing/restore-stage.ts'

describe('undo where no role of Holdfast is a superuser', () => {
  it('reads the journal, keeps what it touches, writes, proves and undoes as the restore role', async () => {
    const stage = await createRestoreStage(
      `create schema app;
       create table app.people (id int primary key, name text);
       create table app.seats (id int primary key, person_id int references app.people (id));
       insert into app.people select n, 'p' || n from generate_series(1, 40) n;
       insert into app.seats select n, n from generate_series(1, 40) n`,
      { environment: 'development' },
    )
    const { sql, name, url } = stage.target
    const mark = randomBytes(3).toString('hex')
    const tables = ['people', 'seats'].map((table) => ({ schema: 'app', name: table }))
    await sql.unsafe(
      leastPrivilegeSql(new URL(url).pathname.slice(1), tables)
        .replaceAll(/holdfast_(watch|backup|restore|guard)/g, `undo_$1_${mark}`)
        .replaceAll("'…'", "'secret'"),
    )
    const roles = ['watch', 'backup', 'restore', 'guard'] as const
    cleanUp(async () => {
      for (const role of roles)
        await sql.unsafe(`drop owned by undo_${role}_${mark} cascade; drop role undo_${role}_${mark}`)
    })
    for (const role of roles) {
      const own = new URL(url)
      own.username = `undo_${role}_${mark}`
      own.password = 'secret'
      unwrap(await setCredential(stage.store.ctx, { name, role, url: own.toString() }))
    }
    await stage.guard(['app.people', 'app.seats'])

    const transactionId = await sql.begin(async (open) => {
      await open`delete from app.seats where id > 30`
      await open`delete from app.people where id > 30`
      const [row] = await open<{ id: string }[]>`select pg_current_xact_id()::text as id`
      return row!.id
    })
    const operation = await stage.restore({
      source: { kind: 'journal', transactionIds: [transactionId] },
    })
    expect(operation.error).toBeNull()
    const done = await stage.run(operation)
    expect(done).toMatchObject({ status: 'succeeded', error: null, result: { writtenRows: 20 } })
    expect(await sql`select from app.seats`).toHaveLength(40)

    const back = await stage.undoOf(done)
    expect(back.error).toBeNull()
    expect(await stage.run(back)).toMatchObject({ status: 'succeeded', result: { writtenRows: 20 } })
    expect(await sql`select from app.seats`).toHaveLength(30)
  })
})
