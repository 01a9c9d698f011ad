import postgres from 'postgres'
import { beforeAll, describe, expect, it } from 'vitest'
import { readObjects, readSignature } from '#lib/health/read-schema.ts'
import { compareObjects } from '#lib/health/schema-changes.ts'
import type { SchemaObject } from '#lib/health/schema-objects.ts'
import { cleanUp } from '#lib/testing/clean-up.ts'
import { createOddDatabase } from '#lib/testing/odd-database.ts'
import { oddDefinitionChanges } from '#lib/testing/odd-definition-changes.ts'
import { oddObjectChanges } from '#lib/testing/odd-object-changes.ts'

// Content, not schema: large objects and where sequences stand.
const isContent = (what: string, change: string) =>
  /lo_|setval|nextval|large object/.test(`${what} ${change}`)

const changes = [...oddDefinitionChanges, ...oddObjectChanges].filter(
  ([what, change]) => !isContent(what, change),
)

describe('readSignature', () => {
  let sql: postgres.Sql
  let before: { signature: string; objects: SchemaObject[] }

  const look = async (transaction: postgres.TransactionSql) => {
    const known = await readSignature(transaction)
    return { signature: known.signature, objects: await readObjects(transaction, known) }
  }

  beforeAll(async () => {
    const { url } = await createOddDatabase()
    sql = postgres(url, { max: 1, onnotice: () => {} })
    cleanUp(() => sql.end({ timeout: 1 }))
    before = (await sql.begin(look)) as typeof before
  }, 60_000)

  it('is the same as long as nobody writes the schema, whatever the rows do', async () => {
    await sql`analyze`
    const again = (await sql.begin(look)) as typeof before
    expect(again.signature).toBe(before.signature)
    expect(compareObjects(before.objects, again.objects)).toEqual([])
  })

  it.each(changes)('notices %s, and the change log says what it is', async (_what, change) => {
    const undo = new Error('undo')
    await sql
      .begin(async (transaction) => {
        await transaction.unsafe(change)
        const after = await look(transaction)
        const found = compareObjects(before.objects, after.objects)
        expect(found.length).toBeGreaterThan(0)
        expect(found.every(({ name }) => name.length > 0)).toBe(true)
        expect(after.signature).not.toBe(before.signature)
        throw undo
      })
      .catch((error) => {
        if (error !== undo) throw error
      })
  })
})
