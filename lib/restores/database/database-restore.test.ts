import { beforeAll, describe, expect, it } from 'vitest'
import { createDatabaseStage, type DatabaseStage } from '#lib/testing/database-stage.ts'

const script = `create schema shop;
  create table shop.orders (id int primary key, note text);
  insert into shop.orders select n, 'order ' || n from generate_series(1, 400) n;
  create sequence shop.numbers start 7`

describe('a whole database restored beside the live one', () => {
  let stage: DatabaseStage
  let archiveId: string

  beforeAll(async () => {
    stage = await createDatabaseStage(script)
    const { server, live } = stage
    await server.unsafe(`alter database "${live}" set statement_timeout to '77s'`)
    await server.unsafe(`alter database "${live}" set app.secret to 'not-for-plans'`)
    await server.unsafe(`alter database "${live}" connection limit 90`)
    archiveId = (await stage.take('archive')).id
    await stage.target.sql`insert into shop.orders select n, 'newer' from generate_series(1001, 1033) n`
  })

  it('is made with its settings, equals its archive, and leaves the live one as it is', async () => {
    const before = await stage.facts()
    const planned = await stage.planRestore(archiveId)
    expect(planned.error).toBeNull()
    expect(planned.summary!.sentence).toContain(`beside ${stage.live}, with 400 rows in 1 tables`)
    expect(planned.summary!.warnings.join('\n')).toContain(
      '33 rows that the archive does not: shop.orders (33)',
    )
    expect(planned.summary!.tables).toMatchObject([{ table: 'shop.orders', missing: 0, newer: 33 }])
    expect(JSON.stringify(planned)).not.toContain('not-for-plans')

    const done = await stage.run(planned)
    expect(done.error).toBeNull()
    expect(done).toMatchObject({ status: 'succeeded', result: { proven: true, writtenRows: 400 } })
    const { database, carried, notCarried } = done.result as Record<string, string & string[]>
    expect(await stage.beside()).toEqual([database])
    expect(notCarried).toEqual([])
    expect(carried).toContain('the setting statement_timeout')
    expect(await stage.query(database!, 'select count(*)::int as n from shop.orders')).toEqual([{ n: 400 }])
    const [settings] = await stage.query(
      database!,
      `select current_setting('statement_timeout') as timeout, current_setting('app.secret') as secret,
        current_setting('default_transaction_read_only') as "readOnly", datconnlimit as "limit",
        shobj_description(oid, 'pg_database') as comment from pg_database where datname = current_database()`,
    )
    expect(settings).toMatchObject({ timeout: '77s', secret: 'not-for-plans', readOnly: 'on', limit: 90 })
    expect(settings!.comment).toContain(`holdfast: restored by operation ${done.id}`)
    expect(await stage.differences(before)).toEqual([])
  })
})
