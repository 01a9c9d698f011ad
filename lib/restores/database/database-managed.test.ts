import { randomBytes } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { unwrap } from '#lib/errors.ts'
import { setCredential } from '#lib/targets/set-credential.ts'
import { cleanUp } from '#lib/testing/clean-up.ts'
import { createDatabaseStage } from '#lib/testing/database-stage.ts'

describe('a whole database on a server whose superuser is somebody else', () => {
  it('is refused with the grant that helps until the role may; then it is restored and takes the name', async () => {
    const mark = randomBytes(3).toString('hex')
    const [manager, app, restorer] = [`manager_${mark}`, `app_${mark}`, `restorer_${mark}`]
    const stage = await createDatabaseStage(
      `create role ${app} login; create role ${manager} login password 'secret';
       create role ${restorer} login password 'secret'; grant pg_read_all_data, pg_write_all_data to ${restorer};
       create schema shop; create table shop.orders (id int primary key);
       insert into shop.orders select generate_series(1, 30);
       alter schema shop owner to ${app}; alter table shop.orders owner to ${app}`,
    )
    const { server, live, target } = stage
    cleanUp(async () => {
      for (const name of [live, ...(await stage.beside())])
        await server.unsafe(`drop database if exists "${name}" with (force)`)
      await server.unsafe(`drop role ${manager}; drop role ${app}; drop role ${restorer}`)
    })
    const archiveId = (await stage.take('archive')).id
    const own = new URL(target.url)
    own.username = manager
    own.password = 'secret'
    const allow = (statement: string) => server.unsafe(statement)
    await allow(`grant pg_read_all_data to ${manager}`)
    unwrap(await setCredential(stage.store.ctx, { name: target.name, role: 'owner', url: own.toString() }))

    // Since the archive: its database has no schema of Holdfast, and this role may make none.
    await stage.target.sql.unsafe(`create schema holdfast authorization ${restorer}`)
    own.username = restorer
    unwrap(await setCredential(stage.store.ctx, { name: target.name, role: 'restore', url: own.toString() }))

    const first = await stage.planRestore(archiveId)
    expect(first).toMatchObject({ status: 'failed', error: { code: 'database-rights' } })
    expect(first.error!.hint).toContain(`alter role "${manager}" createdb;`)
    await allow(`alter role ${manager} createdb; alter database "${live}" owner to ${manager}`)
    const second = await stage.planRestore(archiveId)
    expect(second.error).toMatchObject({
      code: 'database-rights',
      hint: `grant "${app}" to "${manager}"; grant "${restorer}" to "${manager}";`,
    })
    await allow(`grant ${app}, ${restorer} to ${manager}`)

    const { operation, result } = await stage.restored(archiveId)
    expect(result).toMatchObject({ proven: true, notCarried: [] })
    const owners = `select pg_get_userbyid(relowner)::text as owner from pg_class where relname = 'orders'`
    expect(await stage.query(result.database, owners)).toEqual([{ owner: app }])

    // A superuser is connected: nobody else may end that.
    await target.sql`select 1`
    const held = await stage.planSwitch(operation.id)
    expect(held.error).toMatchObject({ code: 'sessions-cannot-be-ended' })
    expect(held.error!.hint).toContain(`grant pg_signal_backend to "${manager}"`)
    await target.sql.end({ timeout: 1 })
    const done = await stage.run(await stage.planSwitch(operation.id))
    expect(done.error).toBeNull()
    expect(await stage.beside()).toEqual([(done.result as { kept: { name: string } }).kept.name])
  })
})
