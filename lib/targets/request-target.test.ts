import { eq } from 'drizzle-orm'
import { beforeAll, describe, expect, it } from 'vitest'
import { auditEntries } from '#drizzle/schema/audit.ts'
import { users } from '#drizzle/schema/auth.ts'
import { targetRequests } from '#drizzle/schema/targets.ts'
import { proveStepUp } from '#lib/auth/prove-step-up.ts'
import type { Ctx } from '#lib/context.ts'
import { unwrap } from '#lib/errors.ts'
import { runJob } from '#lib/jobs/run-job.ts'
import type { JobHandlers } from '#lib/jobs/types.ts'
import { addRequestedTarget } from '#lib/targets/add-requested-target.ts'
import { findTargetByName, requestPlace } from '#lib/targets/queries.ts'
import { requestTarget } from '#lib/targets/request-target.ts'
import {
  createTestDatabase,
  createTestPerson,
  createTestStore,
  type TestStore,
} from '#lib/testing/test-db.ts'

describe('requestTarget', () => {
  let store: TestStore
  let admin: Ctx
  let url: string
  beforeAll(async () => {
    store = await createTestStore()
    admin = await createTestPerson(store, 'admin')
    url = (await createTestDatabase('create table public.things (id int primary key)')).url
  })
  const prove = async (person: Ctx, name: string) =>
    unwrap(await proveStepUp({ ...person, keys: store.ctx.keys }, { boundTo: requestPlace(name) }))
  const work = async (jobRunId: string) => {
    const handlers = {
      'targets.add': (scope: never, payload: never) => addRequestedTarget(scope, payload),
    }
    await runJob(store.ctx, handlers as unknown as JobHandlers, jobRunId, 'test')
  }
  const request = async (id: string) =>
    (await store.db.select().from(targetRequests).where(eq(targetRequests.id, id)))[0]!

  it('adds the database as the person who asked, keeps no readable URL and forgets the sealed one', async () => {
    await prove(admin, 'things')
    const asked = unwrap(await requestTarget(admin, { name: 'things', url, environment: 'staging' }))
    const password = new URL(url).password
    expect(JSON.stringify(await store.db.select().from(targetRequests))).not.toContain(password)
    expect(JSON.stringify(await store.db.select().from(auditEntries))).not.toContain(password)
    await work(asked.jobRunId)
    expect(await request(asked.requestId)).toMatchObject({ status: 'added', sealedUrl: null })
    expect(await findTargetByName(store.db, 'things')).toMatchObject({ environment: 'staging' })
    const [entry] = await store.db
      .select()
      .from(auditEntries)
      .where(eq(auditEntries.subject, 'target:things'))
    expect(entry!.actor).toContain('user:admin-')
  })

  it('tells why the database could not be added', async () => {
    await prove(admin, 'wrong')
    const wrong = new URL(url)
    wrong.password = 'wrong'
    const asked = unwrap(await requestTarget(admin, { name: 'wrong', url: wrong.toString() }))
    await work(asked.jobRunId)
    expect(await request(asked.requestId)).toMatchObject({
      status: 'refused',
      sealedUrl: null,
      refusal: { code: 'target-password' },
    })
  })

  it('refuses at once: a viewer, no proof, a proof for another name, and a URL that is none', async () => {
    const viewer = await createTestPerson(store, 'viewer')
    expect(await requestTarget(viewer, { name: 'x', url })).toMatchObject({ refusal: { code: 'forbidden' } })
    expect(await requestTarget(admin, { name: 'x', url })).toMatchObject({
      refusal: { code: 'step-up-needed' },
    })
    await prove(admin, 'y')
    expect(await requestTarget(admin, { name: 'x', url })).toMatchObject({
      refusal: { code: 'step-up-needed' },
    })
    expect(await requestTarget(admin, { name: 'y', url: 'mysql://u:p@h/d' })).toMatchObject({
      refusal: { code: 'invalid-input' },
    })
  })

  it('refuses when the person was demoted before the worker came to it', async () => {
    const person = await createTestPerson(store, 'admin')
    await prove(person, 'late')
    const asked = unwrap(await requestTarget(person, { name: 'late', url }))
    const id = person.actor.kind === 'user' ? person.actor.userId : ''
    await store.db.update(users).set({ role: 'viewer' }).where(eq(users.id, id))
    await work(asked.jobRunId)
    expect(await request(asked.requestId)).toMatchObject({
      status: 'refused',
      refusal: { code: 'forbidden' },
    })
    expect(await findTargetByName(store.db, 'late')).toBeNull()
  })
})
