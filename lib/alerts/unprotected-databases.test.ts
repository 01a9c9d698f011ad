import { expect, it } from 'vitest'
import { unwrap } from '#lib/errors.ts'
import { addTarget } from '#lib/targets/add-target.ts'
import { surveyDatabases } from '#lib/targets/survey-databases.ts'
import { createTestDatabase, createTestStore } from '#lib/testing/test-db.ts'
import { findUnprotected } from './unprotected-databases.ts'

it('a database beside a target is told of once, until it is a target itself or ignored', async () => {
  const { ctx, db } = await createTestStore()
  const [one, other, third] = [
    await createTestDatabase(),
    await createTestDatabase(),
    await createTestDatabase(),
  ]
  const add = async (name: string, url: string) => unwrap(await addTarget(ctx, { name, url })).id
  const first = await add('one', one.url)
  expect(await findUnprotected(db, first, [])).toBeNull()
  await surveyDatabases(ctx, first)
  const names = async (ignored: string[] = []) => (await findUnprotected(db, first, ignored))?.names
  expect(await names()).toEqual(expect.arrayContaining([other.database, third.database]))
  expect(await names()).not.toContain(one.database)
  expect(await names()).not.toContain('postgres')
  expect(await names([third.database])).not.toContain(third.database)
  const second = await add('other', other.url)
  await surveyDatabases(ctx, second)
  expect(await names()).not.toContain(other.database)
  expect(await findUnprotected(db, second, [])).toBeNull()
})
