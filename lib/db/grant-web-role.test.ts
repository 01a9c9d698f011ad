import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { appendAudit } from '#lib/audit/append-audit.ts'
import type { Ctx } from '#lib/context.ts'
import { closeDb, type Db, openDb } from '#lib/db/client.ts'
import { grantWebRole, webDatabaseUrl, webRoleName, webRoleWorks } from '#lib/db/grant-web-role.ts'
import { unwrap } from '#lib/errors.ts'
import { requestHealth } from '#lib/health/request-health.ts'
import { addTarget } from '#lib/targets/add-target.ts'
import {
  createTestDatabase,
  createTestPerson,
  createTestStore,
  type TestStore,
} from '#lib/testing/test-db.ts'

let store: TestStore
let web: Db

beforeAll(async () => {
  store = await createTestStore()
  const { refusedBecause } = await grantWebRole(store.db, store.ctx.keys!)
  expect(refusedBecause).toBeNull()
  web = openDb(webDatabaseUrl(store.url, store.ctx.keys!), { applicationName: 'holdfast:web' })
})

afterAll(async () => {
  await closeDb(web)
  const role = sql.identifier(webRoleName(new URL(store.url).pathname.slice(1)))
  await store.db.execute(sql`drop owned by ${role}`)
  await store.db.execute(sql`drop role ${role}`)
})

const insufficientPrivilege = (statement: string) =>
  expect(web.execute(sql.raw(statement))).rejects.toMatchObject({ cause: { code: '42501' } })

describe('the web part’s account', () => {
  test('takes nothing out of the story of an incident, nor out of who was told', async () => {
    for (const table of [
      'alerts',
      'alert_events',
      'incidents',
      'incident_events',
      'deliveries',
      'schema_versions',
    ])
      await insufficientPrivilege(`delete from ${table}`)
    await insufficientPrivilege(`update incident_events set body = 'nothing'`)
    await insufficientPrivilege(`update alert_events set note = 'nothing'`)
  })

  test('reads no sealed credential and no audit key', async () => {
    await insufficientPrivilege('select * from target_credentials')
    await insufficientPrivilege('select * from store_credentials')
    await insufficientPrivilege('select * from audit_keys')
    await insufficientPrivilege("select holdfast_audit_mac('x')")
  })

  test('reads what was found of a target, and makes nothing healthy', async () => {
    for (const table of ['health_log', 'health_minutes', 'health_states', 'health_turns', 'row_counts']) {
      await web.execute(sql`select * from ${sql.identifier(table)}`)
      await insufficientPrivilege(`delete from ${table}`)
    }
    await insufficientPrivilege("update health_states set status = 'healthy'")
    const [partition] = await store.db.execute<{ name: string }>(
      sql`select inhrelid::regclass::text as name from pg_inherits where inhparent = 'health_log'::regclass limit 1`,
    )
    await insufficientPrivilege(`delete from ${partition!.name}`)
  })

  test('leads no store elsewhere: the worker would follow with its credentials', async () => {
    await web.execute(sql`select settings from archive_stores`)
    await insufficientPrivilege("update archive_stores set settings = '{}'")
    await insufficientPrivilege(
      "insert into archive_stores (name, kind, settings, created_by) values ('x', 's3', '{}', 'x')",
    )
    await insufficientPrivilege('delete from archive_stores')
  })

  test('changes, forges or forgets no audit entry', async () => {
    await appendAudit(web, { actor: 'user:x', action: 'test.append', outcome: 'done' })
    await insufficientPrivilege("update audit_entries set actor = 'nobody'")
    await insufficientPrivilege('delete from audit_entries')
    await insufficientPrivilege('truncate audit_entries')
    await insufficientPrivilege('update audit_head set seq = 0')
    await insufficientPrivilege('insert into audit_entries select * from audit_entries')
    await insufficientPrivilege('alter table audit_entries disable trigger all')
  })

  test('replaces no function that the owner trusts', async () => {
    await insufficientPrivilege(
      'create or replace function holdfast_append_audit(text, text, text, text, text, text, jsonb) returns bigint language sql as $$ select 1::bigint $$',
    )
    await insufficientPrivilege('create table public.mine (id int)')
  })

  test('can file work for the worker, through the same verbs', async () => {
    const database = await createTestDatabase('create table public.orders (id int primary key)')
    const target = unwrap(
      await addTarget(store.ctx, { name: 'shop', url: database.url, environment: 'staging' }),
    )
    const person = await createTestPerson(store, 'commander')
    const ctx: Ctx = { ...person, db: web, keys: null }
    const { jobRunId } = unwrap(await requestHealth(ctx, { targetId: target.id }))
    expect(jobRunId).toMatch(/^[0-9a-f-]{36}$/)
  })

  test('is not let in with another key', async () => {
    expect(await webRoleWorks(store.url, store.ctx.keys!)).toBe(true)
    const other = { ...store.ctx.keys!, derive: () => Buffer.alloc(32, 1) }
    expect(await webRoleWorks(store.url, other)).toBe(false)
  })
})
