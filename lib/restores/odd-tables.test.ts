import { beforeAll, describe, expect, it } from 'vitest'
import { unwrap } from '#lib/errors.ts'
import { applyPolicy } from '#lib/targets/apply-policy.ts'
import { getPolicy } from '#lib/targets/queries.ts'
import { oddScript } from '#lib/testing/backup-stage.ts'
import { createRestoreStage, type RestoreStage } from '#lib/testing/restore-stage.ts'

const odd = ['public."e""mail"', 'public."bazaar-vid_user"', 'public."naïve 名"', 'public.split']

describe('odd names and types', () => {
  let stage: RestoreStage

  beforeAll(async () => {
    stage = await createRestoreStage(oddScript)
    const { document } = await getPolicy(stage.store.db, stage.target.id)
    const protectedTables = odd.map((table) => ({ table }))
    unwrap(
      await applyPolicy(stage.store.ctx, {
        name: stage.target.name,
        document: { ...document, protectedTables },
      }),
    )
  })

  it.each(['snapshot', 'archive'] as const)(
    'come back byte for byte from the %s, and are undone to what they were',
    async (kind) => {
      const backup = await stage.take(kind)
      expect(backup.error).toBeNull()
      const before = await stage.facts()
      const { sql } = stage.target
      await sql.unsafe(`delete from public."bazaar-vid_user" where email_id > 150`)
      await sql.unsafe(`delete from public."e""mail" where id > 150`)
      await sql.unsafe(
        `update public."e""mail" set amount = 0, moods = null, document = jsonb_set(document, '{n}', '1') where id <= 10`,
      )
      await sql.unsafe('delete from public.split where id % 2 = 0')
      await sql.unsafe('delete from public."naïve 名" where ctid = (select min(ctid) from public."naïve 名")')
      const lost = await stage.facts()
      const operation = await stage.restore({ source: { kind, backupId: backup.id }, rows: 'changed' })
      expect(operation.error).toBeNull()
      expect(operation.summary!.promisedRows).toBe(100 + 150 + 10 + 45 + 1)
      const done = await stage.run(operation)
      expect(done).toMatchObject({ status: 'succeeded', error: null })
      expect(await stage.differences(before)).toEqual([])

      const undone = await stage.run(await stage.undoOf(done))
      expect(undone).toMatchObject({ status: 'succeeded', error: null })
      expect(await stage.differences(lost)).toEqual([])
      expect(await stage.run(await stage.undoOf(undone))).toMatchObject({ status: 'succeeded', error: null })
      expect(await stage.differences(before)).toEqual([])
    },
    150_000,
  )
})
