import { and, eq, sql } from 'drizzle-orm'
import { beforeAll, describe, expect, it } from 'vitest'
import { auditEntries } from '#drizzle/schema/audit.ts'
import { operations } from '#drizzle/schema/operations.ts'
import type { Ctx } from '#lib/context.ts'
import { unwrap } from '#lib/errors.ts'
import { getOperation } from '#lib/operations/queries.ts'
import { discardDraft } from '#lib/restores/drafts/discard-draft.ts'
import { getDraft, listDrafts } from '#lib/restores/drafts/draft-queries.ts'
import { reopenRestore } from '#lib/restores/drafts/reopen-restore.ts'
import { requestDraft } from '#lib/restores/drafts/request-draft.ts'
import { saveDraft } from '#lib/restores/drafts/save-draft.ts'
import { requestRestore } from '#lib/restores/request-restore.ts'
import { addTarget } from '#lib/targets/add-target.ts'
import {
  createTestDatabase,
  createTestPerson,
  createTestStore,
  type TestStore,
} from '#lib/testing/test-db.ts'

const since = '2026-03-04T14:00:00.000Z'
const journal = { source: { kind: 'journal' as const, since }, tables: ['public.members'] }

const idOf = ({ actor }: Ctx): string => (actor.kind === 'user' ? actor.userId : '')

describe('the draft of a restore', () => {
  let store: TestStore
  let targetId: string
  let commander: Ctx
  let other: Ctx

  beforeAll(async () => {
    store = await createTestStore()
    const { url } = await createTestDatabase('create table public.members (id int primary key)')
    targetId = unwrap(await addTarget(store.ctx, { name: 'club', url, environment: 'production' })).id
    commander = await createTestPerson(store, 'commander')
    other = await createTestPerson(store, 'admin')
  })

  const save = (by: Ctx, more: Record<string, unknown> = {}) =>
    saveDraft(by, {
      draftId: null,
      targetId,
      step: 'where',
      reason: 'members are gone',
      choices: journal,
      ...more,
    })
  const begin = async (more: Record<string, unknown> = {}) => unwrap(await save(commander, more)).draftId
  const live = (draftReason: string) =>
    store.db
      .select({ id: operations.id })
      .from(operations)
      .where(
        and(
          eq(operations.reason, draftReason),
          sql`${operations.status} in ('requested', 'planned', 'awaiting-approval', 'approved', 'running', 'verifying')`,
        ),
      )

  it('is gone on with by the same person elsewhere, exactly as it was left', async () => {
    const draftId = await begin({ step: 'source', choices: { ...journal, lostSince: since } })
    await begin({ draftId, step: 'where', choices: { ...journal, lostSince: since, into: 'place' } })
    expect(await getDraft(store.db, draftId, idOf(commander))).toMatchObject({
      step: 'where',
      reason: 'members are gone',
      choices: { ...journal, lostSince: since, into: 'place' },
      operationId: null,
    })
    expect((await listDrafts(store.db, { userId: idOf(commander), targetId }))[0]!.id).toBe(draftId)
  })

  it('keeps no end of a journal’s time: what goes until it is asked for belongs to it', async () => {
    const draft = await getDraft(store.db, await begin(), idOf(commander))
    expect(draft.choices.source).toEqual(journal.source)
  })

  it('is of its owner alone: nobody else sees, changes, asks for or discards it', async () => {
    const draftId = await begin()
    await expect(getDraft(store.db, draftId, idOf(other))).rejects.toMatchObject({ code: 'draft-not-found' })
    expect(await listDrafts(store.db, { userId: idOf(other), targetId })).toEqual([])
    const attempts = [
      save(other, { draftId, reason: 'mine from now on' }),
      requestDraft(other, { draftId }),
      discardDraft(other, { draftId }),
    ]
    for (const outcome of await Promise.all(attempts))
      expect(outcome).toMatchObject({ ok: false, refusal: { code: 'draft-not-found' } })
    expect((await getDraft(store.db, draftId, idOf(commander))).reason).toBe('members are gone')
  })

  it('refuses choices that no restore could have', async () => {
    for (const choices of [
      { rows: 'some' },
      { tables: ['a.b.c.d'] },
      { source: { kind: 'journal' } },
      { nonsense: 1 },
    ])
      expect(await save(commander, { choices })).toMatchObject({
        ok: false,
        refusal: { code: 'invalid-input' },
      })
  })

  it('asked for twice has one live request: the first is cancelled, and says why', async () => {
    const reason = 'members are gone, twice'
    const draftId = await begin({ reason })
    const first = unwrap(await requestDraft(commander, { draftId }))
    const second = unwrap(await requestDraft(commander, { draftId, narrowed: { rows: 'changed' } }))
    expect(await live(reason)).toEqual([{ id: second.operationId }])
    const cancelled = await getOperation(store.db, first.operationId)
    expect(cancelled.status).toBe('cancelled')
    expect(cancelled.events.at(-1)!.note).toContain('other choices')
    expect((await getOperation(store.db, second.operationId)).request).toMatchObject({
      rows: 'changed',
      into: 'copy',
    })
    const [entry] = await store.db
      .select()
      .from(auditEntries)
      .where(eq(auditEntries.subject, `operation:${first.operationId}`))
      .orderBy(sql`${auditEntries.seq} desc`)
    expect(entry).toMatchObject({ action: 'operations.cancel', outcome: 'done' })
  })

  it('asked for by five presses at once has one live request', async () => {
    const reason = 'members are gone, five presses'
    const draftId = await begin({ reason })
    const presses = await Promise.all(Array.from({ length: 5 }, () => requestDraft(commander, { draftId })))
    expect(presses.every(({ ok }) => ok)).toBe(true)
    expect(await live(reason)).toHaveLength(1)
  })

  it('is not asked for again while its plan runs, nor after it is done', async () => {
    const draftId = await begin()
    const { operationId } = unwrap(await requestDraft(commander, { draftId }))
    const set = (status: 'running' | 'succeeded') =>
      store.db.update(operations).set({ status, needsApproval: false }).where(eq(operations.id, operationId))
    await set('running')
    expect(await requestDraft(commander, { draftId })).toMatchObject({ refusal: { code: 'draft-runs' } })
    await set('succeeded')
    expect(await requestDraft(commander, { draftId })).toMatchObject({ refusal: { code: 'draft-done' } })
    const listed = await listDrafts(store.db, { userId: idOf(commander), targetId })
    expect(listed.map(({ id }) => id)).not.toContain(draftId)
  })

  it('of a whole database is asked for from an archive alone, and gone back to', async () => {
    const backupId = '00000000-0000-4000-8000-00000000000a'
    const from = (kind: 'archive' | 'snapshot') =>
      begin({ choices: { source: { kind, backupId }, into: 'database', tables: ['public.members'] } })
    expect(await requestDraft(commander, { draftId: await from('snapshot') })).toMatchObject({
      refusal: { code: 'archive-needed' },
    })
    const { operationId } = unwrap(await requestDraft(commander, { draftId: await from('archive') }))
    expect(await getOperation(store.db, operationId)).toMatchObject({
      kind: 'database-restore',
      request: { backupId },
    })
    const { draftId } = unwrap(await reopenRestore(other, { operationId }))
    expect((await getDraft(store.db, draftId, idOf(other))).choices).toEqual({
      source: { kind: 'archive', backupId },
      into: 'database',
    })
  })

  it('is asked for only with a reason', async () => {
    const draftId = await begin({ reason: 'why?' })
    expect(await requestDraft(commander, { draftId })).toMatchObject({ refusal: { code: 'reason-missing' } })
  })

  it('is discarded once, and not while a plan made from it is alive', async () => {
    const draftId = await begin()
    unwrap(await requestDraft(commander, { draftId }))
    expect(await discardDraft(commander, { draftId })).toMatchObject({ refusal: { code: 'draft-asked' } })
    const unasked = await begin()
    unwrap(await discardDraft(commander, { draftId: unasked }))
    for (const outcome of [
      await discardDraft(commander, { draftId: unasked }),
      await save(commander, { draftId: unasked }),
      await requestDraft(commander, { draftId: unasked }),
    ])
      expect(outcome).toMatchObject({ refusal: { code: 'draft-discarded' } })
  })

  it('is what one comes back to from its plan, and is made from a plan that came from elsewhere', async () => {
    const draftId = await begin()
    const asked = unwrap(await requestDraft(commander, { draftId }))
    expect(unwrap(await reopenRestore(commander, { operationId: asked.operationId }))).toEqual({ draftId })

    const reason = 'asked at the terminal'
    const { operationId } = unwrap(await requestRestore(commander, { targetId, reason, request: journal }))
    const made = unwrap(await reopenRestore(commander, { operationId })).draftId
    expect(await getDraft(store.db, made, idOf(commander))).toMatchObject({
      operationId,
      choices: { source: journal.source, tables: journal.tables },
    })
    expect(unwrap(await reopenRestore(commander, { operationId })).draftId).toBe(made)
    unwrap(await requestDraft(commander, { draftId: made }))
    expect(await live(reason)).toHaveLength(1)
  })

  it('made from another person’s plan leaves that plan alone', async () => {
    const reason = 'the plan of another person'
    const { operationId } = unwrap(await requestRestore(other, { targetId, reason, request: journal }))
    const { draftId } = unwrap(await reopenRestore(commander, { operationId }))
    unwrap(await requestDraft(commander, { draftId }))
    expect((await getOperation(store.db, operationId)).status).toBe('requested')
  })
})
