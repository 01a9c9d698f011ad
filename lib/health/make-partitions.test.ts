import { sql } from 'drizzle-orm'
import { expect, it } from 'vitest'
import { openDedicatedConnection } from '#lib/db/dedicated-connection.ts'
import { makePartitions } from '#lib/health/make-partitions.ts'
import { cleanUp } from '#lib/testing/clean-up.ts'
import { createTestStore } from '#lib/testing/test-db.ts'

it('a start goes on where the removal of an old part was cut off half-way', async () => {
  const { db } = await createTestStore()
  const old = new Date('2026-01-05T12:00:00Z')
  await makePartitions(db, old)
  const reader = openDedicatedConnection(db, 'test:reader')
  const remover = openDedicatedConnection(db, 'test:remover')
  cleanUp(async () => void (await Promise.all([reader.end(), remover.end()])))
  await reader.unsafe('begin')
  await reader.unsafe('select count(*) from health_log')
  await remover.unsafe('set lock_timeout = 100')
  await expect(
    remover.unsafe('alter table health_log detach partition health_log_p20260105 concurrently'),
  ).rejects.toMatchObject({ code: '55P03' })
  await reader.unsafe('rollback')
  const pending = await db.execute(sql`select from pg_inherits where inhdetachpending`)
  expect(pending).toHaveLength(1)
  await expect(makePartitions(db, old)).resolves.toBeUndefined()
})
