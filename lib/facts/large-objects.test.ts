import { randomBytes } from 'node:crypto'
import type postgres from 'postgres'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { compareFacts } from '#lib/facts/compare-facts.ts'
import { readFacts } from '#lib/facts/read-facts.ts'
import type { Facts } from '#lib/facts/types.ts'
import { createTestDatabase } from '#lib/testing/test-db.ts'

const role = `facts_reader_${randomBytes(4).toString('hex')}`

describe('facts of large objects', () => {
  let sql: postgres.Sql

  beforeAll(async () => {
    const database = await createTestDatabase(`
      create role ${role};
      select lo_from_bytea(70001, '\\x00ff'), lo_from_bytea(70002, '');`)
    sql = database.sql
  })
  afterAll(async () => {
    await sql.unsafe(`drop owned by ${role}; drop role ${role}`)
  })

  const factsAs = (name: string): Promise<Facts> =>
    sql.begin('isolation level repeatable read', async (session) => {
      await session.unsafe(`set local role ${name}`)
      return readFacts(session)
    }) as Promise<Facts>

  it('are named as not covered, with the grant that helps, when the role may not read them', async () => {
    const blind = await factsAs(role)
    expect(blind.largeObjects).toBeNull()
    expect(blind.notCovered).toEqual([
      {
        name: '2 large objects',
        reason: `${role} may not read them; what helps: grant select on pg_catalog.pg_largeobject to ${role}`,
      },
    ])
    await sql.unsafe(`grant select on pg_catalog.pg_largeobject to ${role}`)
    const seeing = await factsAs(role)
    expect(seeing.largeObjects).toMatchObject({ count: 2, bytes: 2 })
    expect(seeing.notCovered).toEqual([])
    await sql.unsafe(`revoke select on pg_catalog.pg_largeobject from ${role}`)
    // What was never read proves nothing, and what was read before must be readable again.
    expect(compareFacts(blind, seeing, { definitions: 'reloaded' })).toEqual([])
    expect(compareFacts(seeing, blind, { definitions: 'reloaded' })).toMatchObject([
      { kind: 'large-objects', found: 'not readable' },
    ])
  })

  it('are the same whether zeros were written or left out', async () => {
    const written = await createTestDatabase(
      `select lo_from_bytea(5, '\\x6162' || decode(repeat('00', 9998), 'hex') || '\\x01')`,
    )
    const left = await createTestDatabase(
      `select lo_from_bytea(5, '\\x6162'); select lo_put(5, 10000, '\\x01')`,
    )
    const [a, b] = await Promise.all(
      [written, left].map(
        ({ sql: one }) =>
          one.begin('isolation level repeatable read', (session) => readFacts(session)) as Promise<Facts>,
      ),
    )
    expect(a!.largeObjects).toMatchObject({ count: 1, bytes: 10_001 })
    expect(b!.largeObjects).toEqual(a!.largeObjects)
  })
})
