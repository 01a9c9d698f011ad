import { once } from 'node:events'
import { createServer } from 'node:net'
import { desc, eq } from 'drizzle-orm'
import { beforeAll, describe, expect, it } from 'vitest'
import { auditEntries } from '#drizzle/schema/audit.ts'
import { policies, targetCredentials, targets } from '#drizzle/schema/targets.ts'
import { addTarget } from '#lib/targets/add-target.ts'
import { withTarget } from '#lib/targets/open-target.ts'
import { getTargetByName, getTargetUrl } from '#lib/targets/queries.ts'
import {
  createTestDatabase,
  createTestPerson,
  createTestStore,
  type TestStore,
  testUrl,
} from '#lib/testing/test-db.ts'

const shop = `
  create table public.users (id uuid primary key, email text not null);
  create table public.orders (id bigint primary key, user_id uuid references public.users (id));
  create view public.user_names as select id, email from public.users;
`

describe('addTarget', () => {
  let store: TestStore
  let shopUrl: string
  beforeAll(async () => {
    store = await createTestStore()
    shopUrl = (await createTestDatabase(shop)).url
  })
  const newestAudit = async () =>
    (await store.db.select().from(auditEntries).orderBy(desc(auditEntries.seq)).limit(1))[0]!
  const withParts = (change: (url: URL) => void): string => {
    const url = new URL(shopUrl)
    change(url)
    return url.toString()
  }
  const nothingStored = async (name: string) =>
    expect(await store.db.select().from(targets).where(eq(targets.name, name))).toEqual([])

  it('registers a database with its sealed URL and a first policy, at once', async () => {
    const outcome = await addTarget(store.ctx, { name: 'shop', url: shopUrl, environment: 'staging' })
    expect(outcome).toMatchObject({
      ok: true,
      value: { name: 'shop', environment: 'staging', tables: 2, status: 'reachable' },
    })
    const target = await getTargetByName(store.db, 'shop')
    const [credential] = await store.db
      .select()
      .from(targetCredentials)
      .where(eq(targetCredentials.targetId, target.id))
    expect(credential!.sealedUrl).not.toContain(new URL(shopUrl).password)
    expect(new URL(await getTargetUrl(store.ctx, target.id, 'watch')).password).toBe(
      new URL(shopUrl).password,
    )
    expect(await store.db.select().from(policies).where(eq(policies.targetId, target.id))).toMatchObject([
      { version: 1 },
    ])
    const users = await withTarget(store.ctx, target.id, 'watch', { purpose: 'test' }, ({ sql }) =>
      sql`select count(*)::int as rows from public.users`.then((rows) => rows[0]!.rows),
    )
    expect(users).toBe(0)
  })

  it('refuses a taken name', async () => {
    expect(await addTarget(store.ctx, { name: 'shop', url: shopUrl })).toMatchObject({
      ok: false,
      refusal: { code: 'target-exists' },
    })
  })

  it('refuses a viewer without connecting', async () => {
    const viewer = await createTestPerson(store, 'viewer')
    const url = 'postgresql://nobody@127.0.0.1:1/none'
    expect(await addTarget({ ...viewer, keys: store.ctx.keys }, { name: 'sly', url })).toMatchObject({
      ok: false,
      refusal: { code: 'forbidden' },
    })
  })

  it('refuses where no key is', async () => {
    const admin = await createTestPerson(store, 'admin')
    expect(await addTarget(admin, { name: 'keyless', url: shopUrl })).toMatchObject({
      ok: false,
      refusal: { code: 'key-not-here', hint: expect.stringContaining('holdfast targets add keyless') },
    })
  })

  it.each([
    [
      'a wrong password',
      'target-password',
      (url: URL) => {
        url.password = 'wr%40ng'
      },
    ],
    [
      'no such database',
      'target-no-database',
      (url: URL) => {
        url.pathname = '/nothere'
      },
    ],
    [
      'nobody listening',
      'target-unreachable',
      (url: URL) => {
        url.port = '1'
      },
    ],
    [
      'an unknown host',
      'target-unreachable',
      (url: URL) => {
        url.href = `${url.href.replace('127.0.0.1', 'nohost.invalid')}?sslmode=disable`
      },
    ],
    [
      'a database name that libpq would obey',
      'target-no-database',
      (url: URL) => {
        url.pathname = `/${encodeURIComponent('dbname=postgres host=127.0.0.1')}`
      },
    ],
  ])(
    'tells %s apart, stores nothing and keeps the evidence without the password',
    async (_, code, change) => {
      const url = withParts(change)
      await expect(addTarget(store.ctx, { name: 'broken', url })).rejects.toMatchObject({
        code,
        hint: expect.any(String),
      })
      await nothingStored('broken')
      const entry = await newestAudit()
      expect(entry).toMatchObject({ action: 'targets.add', outcome: 'failed', detail: { code } })
      expect(JSON.stringify(entry)).not.toContain(new URL(shopUrl).password)
      expect(JSON.stringify(entry)).not.toContain('wr%40ng')
    },
  )

  it.each([
    ['another scheme', 'mysql://root@127.0.0.1/shop'],
    ['no database', 'postgresql://user:secret@127.0.0.1:5432/'],
    ['a parameter that would override the session', 'postgresql://u:secret@127.0.0.1/d?row_security=on'],
    ['a host in the parameters', 'postgresql://u:secret@127.0.0.1/d?host=evil'],
    ['a leading dash', 'postgresql://u:secret@127.0.0.1/-f%2Fetc%2Fpasswd'],
    ['a newline', 'postgresql://u:secret@127.0.0.1/a%0Ab'],
    ['several hosts', 'postgresql://u:secret@a.example,b.example/d'],
  ])('refuses a URL with %s, and never repeats the password', async (_, url) => {
    const outcome = await addTarget(store.ctx, { name: 'broken', url })
    expect(outcome).toMatchObject({ ok: false, refusal: { code: 'invalid-input' } })
    expect(JSON.stringify([outcome, await newestAudit()])).not.toContain('secret')
  })

  it('refuses the control database itself, whatever its URL looks like', async () => {
    const url = new URL(store.url)
    url.hostname = 'localhost'
    expect(await addTarget(store.ctx, { name: 'self', url: url.toString() })).toMatchObject({
      ok: false,
      refusal: { code: 'target-is-control' },
    })
  })

  it('gives up on a server that closes every connection, or speaks no TLS where it must', async () => {
    const slamming = createServer((socket) => socket.destroy()).listen(0, '127.0.0.1')
    await once(slamming, 'listening')
    const { port } = slamming.address() as { port: number }
    try {
      const url = `postgresql://u:p@127.0.0.1:${port}/d?sslmode=disable`
      await expect(addTarget(store.ctx, { name: 'slams', url })).rejects.toMatchObject({
        code: 'target-unreachable',
      })
      const verified = withParts((changed) => changed.searchParams.set('sslmode', 'verify-full'))
      await expect(addTarget(store.ctx, { name: 'plain', url: verified })).rejects.toMatchObject({
        code: 'target-tls',
        hint: expect.stringContaining('sslmode=disable'),
      })
    } finally {
      slamming.close()
    }
  })

  it('reads a database whose name needs encoding', async () => {
    const { sql } = await createTestDatabase()
    const odd = 'odd name/%3F=x'
    await sql.unsafe(`create database "${odd}"`)
    try {
      const url = testUrl(odd)
      expect(await addTarget(store.ctx, { name: 'odd', url })).toMatchObject({ ok: true })
    } finally {
      await sql.unsafe(`drop database "${odd}" with (force)`)
    }
  })

  it('registers one of two that race for the same name', async () => {
    const outcomes = await Promise.all([
      addTarget(store.ctx, { name: 'raced', url: shopUrl }),
      addTarget(store.ctx, { name: 'raced', url: shopUrl }),
    ])
    expect(outcomes.map((outcome) => outcome.ok).sort()).toEqual([false, true])
  })

  it('refuses a given policy that names a view, a missing table or a missing column, with the nearest name', async () => {
    const add = (policy: unknown) =>
      addTarget(store.ctx, { name: 'misfit', url: shopUrl, policy: policy as never })
    expect(await add({ protectedTables: [{ table: 'public.user_names' }] })).toMatchObject({
      ok: false,
      refusal: { code: 'policy-mismatch', reason: expect.stringContaining('is a view') },
    })
    expect(await add({ protectedTables: [{ table: 'public.user' }] })).toMatchObject({
      refusal: { reason: expect.stringContaining('Did you mean public.users') },
    })
    expect(
      await add({
        references: [
          {
            table: 'orders',
            columns: ['userid'],
            references: 'users',
            referencedColumns: ['id'],
          },
        ],
      }),
    ).toMatchObject({ refusal: { reason: expect.stringContaining('Did you mean user_id') } })
    await nothingStored('misfit')
  })
})
