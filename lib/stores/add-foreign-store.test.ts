import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { unwrap } from '#lib/errors.ts'
import { addForeignStore } from '#lib/stores/add-foreign-store.ts'
import { openStore } from '#lib/stores/open-store.ts'
import {
  createTestDataDirectory,
  createTestPerson,
  createTestStore,
  type TestStore,
} from '#lib/testing/test-db.ts'

describe('a place where others’ archives lie', () => {
  let store: TestStore
  let data: string
  const directory = mkdtempSync(join(tmpdir(), 'holdfast-theirs-'))
  const place = { kind: 'local', directory }
  beforeAll(async () => {
    data = createTestDataDirectory()
    store = await createTestStore()
    writeFileSync(join(directory, 'x.dump'), 'PGDMP')
  })
  afterAll(() => rmSync(directory, { recursive: true, force: true }))

  it('is added without a trace in it, and can only be read', async () => {
    unwrap(await addForeignStore(store.ctx, { name: 'theirs', place }))
    const opened = await openStore(store.ctx, 'theirs')
    const keys: string[] = []
    for await (const { key } of opened.list('')) keys.push(key)
    expect(keys).toEqual(['x.dump'])
    await expect(opened.remove('x.dump')).rejects.toMatchObject({ code: 'store-read-only' })
    expect(await opened.sweep('', () => false)).toBe(0)
    expect(readdirSync(directory)).toEqual(['x.dump'])
  })

  it('is never Holdfast’s own store or data, and has a name of its own', async () => {
    await openStore(store.ctx, 'local')
    const ours = { kind: 'local', directory: join(data, 'archives') }
    expect(await addForeignStore(store.ctx, { name: 'ours', place: ours })).toMatchObject({
      refusal: { code: 'store-ours' },
    })
    expect(await addForeignStore(store.ctx, { name: 'theirs', place })).toMatchObject({
      refusal: { code: 'store-exists' },
    })
    const gone = { kind: 'local', directory: join(directory, 'gone') }
    expect(await addForeignStore(store.ctx, { name: 'gone', place: gone })).toMatchObject({ ok: false })
  })

  it('is added by nobody who only may look', async () => {
    for (const role of ['viewer', 'commander'] as const) {
      const person = await createTestPerson(store, role)
      expect(await addForeignStore(person, { name: 'mine', place })).toMatchObject({
        refusal: { code: 'forbidden' },
      })
    }
  })
})
