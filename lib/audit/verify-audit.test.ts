import { beforeAll, describe, expect, it } from 'vitest'
import { appendAudit } from '#lib/audit/append-audit.ts'
import { exportAudit } from '#lib/audit/export-audit.ts'
import { getChainState, listAuditEntries } from '#lib/audit/queries.ts'
import { verifyAudit } from '#lib/audit/verify-audit.ts'
import { unwrap } from '#lib/errors.ts'
import { createTestPerson, createTestStore, type TestStore } from '#lib/testing/test-db.ts'

describe('the audit', () => {
  let store: TestStore
  beforeAll(async () => {
    store = await createTestStore()
    for (let entry = 1; entry <= 120; entry++) {
      await appendAudit(store.db, {
        actor: entry % 2 ? 'user:ada@example.com' : 'operator:root@host',
        action: entry % 3 ? 'operations.run' : 'backups.request',
        outcome: entry % 5 ? 'done' : 'refused',
        target: 'salon',
        reason: '=cmd()',
      })
    }
  })

  it('pages through all entries once, newest first', async () => {
    const seen: number[] = []
    let before: number | undefined
    do {
      const page = await listAuditEntries(store.db, { before, limit: 50 })
      seen.push(...page.entries.map((entry) => entry.seq))
      before = page.before ?? undefined
    } while (before)
    expect(seen).toEqual(Array.from({ length: 120 }, (_, index) => 120 - index))
  })

  it('filters by actor, action or its noun, and outcome; wildcards are plain characters', async () => {
    const list = async (filter: object) =>
      (await listAuditEntries(store.db, { ...filter, limit: 500 })).entries.length
    expect(await list({ actor: 'ada@' })).toBe(60)
    expect(await list({ action: 'operations' })).toBe(80)
    expect(await list({ action: 'operations.run', outcome: 'refused' })).toBe(16)
    expect(await list({ actor: '%' })).toBe(0)
    expect(await list({ people: true })).toBe(120)
    await appendAudit(store.db, { actor: 'worker:1', action: 'health.request', outcome: 'done' })
    expect(await list({ people: true })).toBe(120)
    expect(await list({ action: 'operation' })).toBe(0)
  })

  it('refuses a viewer to verify or export', async () => {
    const viewer = await createTestPerson(store, 'viewer')
    expect(await verifyAudit(viewer, {})).toMatchObject({ refusal: { code: 'forbidden' } })
    expect(await exportAudit(viewer, {})).toMatchObject({ refusal: { code: 'forbidden' } })
  })

  it('exports formula-safe CSV and JSON lines, and records that', async () => {
    const csv = unwrap(await exportAudit(store.ctx, { format: 'csv', target: 'salon' }))
    expect(csv.entries).toBe(120)
    expect(csv.content).toContain(`"'=cmd()"`)
    expect(csv.content).not.toMatch(/,=cmd/)
    const lines = unwrap(await exportAudit(store.ctx, { outcome: 'refused', target: 'salon' })).content
    expect(
      lines
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line).outcome),
    ).toEqual(Array(24).fill('refused'))
    expect(
      (await listAuditEntries(store.db, { action: 'audit.export', outcome: 'done' })).entries,
    ).toHaveLength(2)
  })

  it('finds a changed entry and a cut tail, and says which', async () => {
    const { entries } = unwrap(await verifyAudit(store.ctx, {}))
    expect(await getChainState(store.db)).toMatchObject({
      lastVerification: { ok: true, entries, firstBroken: null },
    })
    await store.db.$client`alter table audit_entries disable trigger user`
    await store.db.$client`update audit_entries set reason = 'harmless' where seq = 60`
    expect(unwrap(await verifyAudit(store.ctx, {}))).toMatchObject({ ok: false, firstBroken: 60 })
    await store.db.$client`update audit_entries set reason = '=cmd()' where seq = 60`
    expect(unwrap(await verifyAudit(store.ctx, {}))).toMatchObject({ ok: true })
    await store.db.$client`delete from audit_entries where seq >= 100`
    expect(unwrap(await verifyAudit(store.ctx, {}))).toMatchObject({ ok: false })
  })
})
