import { beforeAll, describe, expect, it } from 'vitest'
import { unwrap } from '#lib/errors.ts'
import { addTarget } from '#lib/targets/add-target.ts'
import { withTarget } from '#lib/targets/open-target.ts'
import type { TargetRole } from '#lib/targets/types.ts'
import { createTestDatabase, createTestStore, type TestStore } from '#lib/testing/test-db.ts'

describe('withTarget', () => {
  let store: TestStore
  let targetId: string
  beforeAll(async () => {
    store = await createTestStore()
    const { url, sql, database } = await createTestDatabase('create table public.t (id int)')
    await sql.unsafe(`alter database ${database} set statement_timeout = '7s'`)
    await sql.unsafe(`alter database ${database} set default_transaction_read_only = on`)
    targetId = unwrap(await addTarget(store.ctx, { name: 'plain', url })).id
  })
  const settingsOf = (role: TargetRole) =>
    withTarget(store.ctx, targetId, role, { purpose: 'test' }, async ({ sql }) => {
      const rows = await sql<{ name: string; setting: string }[]>`
        select name, setting from pg_settings where name in
          ('row_security', 'statement_timeout', 'default_transaction_read_only', 'search_path', 'application_name')`
      return Object.fromEntries(rows.map(({ name, setting }) => [name, setting]))
    })

  it('reads as watch: read-only, with a time-out, and hidden rows are an error', async () => {
    expect(await settingsOf('watch')).toEqual({
      row_security: 'off',
      statement_timeout: '5000',
      default_transaction_read_only: 'on',
      search_path: 'pg_catalog',
      application_name: 'holdfast:test',
    })
    await expect(
      withTarget(store.ctx, targetId, 'watch', { purpose: 'test' }, ({ sql }) =>
        sql`insert into public.t values (1)`.then(() => {}),
      ),
    ).rejects.toMatchObject({ code: '25006' })
  })

  it('lets long work run whatever the database’s own settings say, and writes where it must', async () => {
    expect(await settingsOf('backup')).toMatchObject({ statement_timeout: '0', row_security: 'off' })
    expect(await settingsOf('restore')).toMatchObject({
      statement_timeout: '0',
      default_transaction_read_only: 'off',
      row_security: 'off',
    })
  })
})
