import { desc, eq, sql } from 'drizzle-orm'
import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { auditEntries } from '#drizzle/schema/audit.ts'
import { stepUps } from '#drizzle/schema/auth.ts'
import { targetCredentials } from '#drizzle/schema/targets.ts'
import { permissions } from '#lib/auth/permissions.ts'
import { idleMinutes } from '#lib/auth/session-time.ts'
import { setSoloMode } from '#lib/auth/set-solo-mode.ts'
import { stepUpMinutes } from '#lib/auth/step-up.ts'
import { unwrap } from '#lib/errors.ts'
import { cancelOperation } from '#lib/operations/cancel-operation.ts'
import type { OperationDetails } from '#lib/operations/queries.ts'
import { refuseOperation } from '#lib/operations/refuse-operation.ts'
import { requestOperation } from '#lib/operations/request-operation.ts'
import { soloWaitMinutes } from '#lib/operations/solo-wait.ts'
import { addTarget } from '#lib/targets/add-target.ts'
import { removalOf } from '#lib/targets/queries.ts'
import { removeTarget } from '#lib/targets/remove-target.ts'
import { appendRows } from '#lib/testing/append-rows-kind.ts'
import { createOperationStage, type OperationStage } from '#lib/testing/operation-stage.ts'
import { createTestDatabase, createTestStore } from '#lib/testing/test-db.ts'
import { openWebDoor, type WebDoor } from '#lib/testing/web-door.ts'

const forbidden = '42501'

describe('a web tier that was taken over', () => {
  let stage: OperationStage
  let web: WebDoor
  let ada: Awaited<ReturnType<OperationStage['person']>>
  let bob: typeof ada
  beforeAll(async () => {
    stage = await createOperationStage()
    web = await openWebDoor(stage.store)
  })
  beforeEach(async () => {
    ada = web.through(await stage.person('admin'))
    bob = web.through(await stage.person('commander'))
  })

  const set = (operation: { id: string }, values: string) =>
    web.attempt(`update operations set ${values} where id = '${operation.id}'`)
  const approveBySql = ({ id, fingerprint }: OperationDetails, sessionId: string, plan = fingerprint) =>
    web.attempt(`select holdfast_approve_operation('${id}', '${plan}', '${sessionId}')`)
  const ownSql = (text: string) => stage.store.db.execute(sql.raw(text))

  it('still does what it is for: request, approve, run, refuse, cancel', async () => {
    const operation = await stage.planned(ada)
    expect(await stage.approve(bob, operation)).toMatchObject({ ok: true, value: { status: 'approved' } })
    const { jobRunId } = unwrap(await stage.pressRun(ada, operation))
    await stage.work(jobRunId)
    expect(await stage.reload(operation)).toMatchObject({ status: 'succeeded' })
    const filed = unwrap(
      await requestOperation(ada, appendRows, {
        targetId: stage.target.id,
        reason: 'to be undone',
        request: { rows: 1 },
      }),
    )
    const undoes = `undoes_operation_id = '${operation.id}'`
    expect(await set({ id: filed.operationId }, undoes)).toBe('done')
    expect(await set({ id: filed.operationId }, 'undoes_operation_id = id'), 'once only').toBe(forbidden)
    const [refused, cancelled] = [await stage.planned(ada), await stage.planned(ada)]
    unwrap(await refuseOperation(bob, { operationId: refused.id, reason: 'wrong table' }))
    unwrap(await cancelOperation(ada, { operationId: cancelled.id }))
    expect(await stage.reload(refused)).toMatchObject({ status: 'refused' })
    expect(await stage.reload(cancelled)).toMatchObject({ status: 'cancelled' })
  })

  it('forges no approval by SQL, of any kind', async () => {
    const operation = await stage.planned(ada)
    const approval = `status = 'approved', approved_fingerprint = fingerprint, approved_at = now(), run_by = now() + interval '15 minutes'`
    const by = `approved_by_user_id = '${bob.actor.userId}'`
    const attempts = [
      `${approval}, ${by}`,
      `${approval}, approval_mode = 'break-glass'`,
      `${approval}, approval_mode = 'solo', approved_by_user_id = requested_by_user_id, run_from = now() + interval '15 minutes'`,
      `approval_mode = 'break-glass', approved_fingerprint = fingerprint`,
      `status = 'approved', needs_approval = false`,
      `needs_approval = false`,
      `status = 'running', needs_approval = false`,
      `status = 'verifying', ${by}, approved_fingerprint = fingerprint`,
    ]
    for (const values of attempts) expect(await set(operation, values), values).toBe(forbidden)
    expect(await stage.reload(operation)).toMatchObject({ status: 'awaiting-approval', approvedBy: null })
  })

  it('changes nothing of what was requested, planned or approved', async () => {
    const [waiting, approved] = [await stage.planned(ada), await stage.approved(ada)]
    const attempts = [
      `requested_by_user_id = '${bob.actor.userId}'`,
      `request = '{"rows": 1000}'`,
      `plan = '{}'`,
      `fingerprint = repeat('a', 64)`,
      `approve_by = now() + interval '1 year'`,
      `target_id = gen_random_uuid()`,
      `kind = 'guard-removal'`,
      `reason = 'another one'`,
      `result = '{}'`,
    ]
    for (const values of attempts) {
      expect(await set(waiting, values), values).toBe(forbidden)
      expect(await set(approved, values), values).toBe(forbidden)
    }
    expect(await set(approved, `run_by = now() + interval '1 year'`)).toBe(forbidden)
    expect(await set(approved, `approved_by_user_id = '${ada.actor.userId}'`)).toBe(forbidden)
    expect(await web.attempt(`delete from operations`)).toBe(forbidden)
    expect(await web.attempt(`truncate operations cascade`)).toBe(forbidden)
    expect(await web.attempt(`update operation_events set note = 'x'`)).toBe(forbidden)
    expect(await web.attempt(`delete from operation_events`)).toBe(forbidden)
  })

  it('revives nothing that has ended, and calls nothing done', async () => {
    const refused = await stage.planned(ada)
    unwrap(await refuseOperation(bob, { operationId: refused.id, reason: 'wrong table' }))
    for (const status of ['awaiting-approval', 'approved', 'cancelled', 'running']) {
      expect(await set(refused, `status = '${status}'`), status).toBe(forbidden)
    }
    const approved = await stage.approved(ada)
    for (const status of ['succeeded', 'failed', 'expired', 'verifying', 'requested', 'awaiting-approval']) {
      expect(await set(approved, `status = '${status}'`), status).toBe(forbidden)
    }
    const { jobRunId } = unwrap(await stage.pressRun(ada, approved))
    for (const status of ['cancelled', 'refused', 'failed', 'approved', 'succeeded']) {
      expect(await set(approved, `status = '${status}'`), status).toBe(forbidden)
    }
    expect(await set(approved, `run_job_run_id = plan_job_run_id`)).toBe(forbidden)
    await stage.work(jobRunId)
  })

  it('begins no run too early, too late, unapproved, unproved or with a clock set back', async () => {
    const begin = `status = 'running', started_at = now(), run_begun_by = 'user:${ada.actor.email}'`
    const waiting = await stage.planned(ada)
    await stage.proveFor(ada, waiting)
    expect(await set(waiting, begin)).toBe(forbidden)
    const approved = await stage.approved(ada)
    expect(await set(approved, begin), 'nobody proved').toBe(forbidden)
    await stage.proveFor(ada, approved)
    const states = [
      `run_by = now() - interval '1 second'`,
      `run_from = now() + interval '1 minute'`,
      `approved_at = now() + interval '1 minute'`,
      `approval_mode = 'solo', run_from = now() - interval '1 minute', approved_at = now() - interval '16 minutes'`,
    ]
    for (const state of states) {
      await ownSql(`update operations set ${state} where id = '${approved.id}'`)
      expect(await set(approved, begin), state).toBe(forbidden)
      await ownSql(
        `update operations set approval_mode = 'two-person', run_from = null, approved_at = now(), run_by = now() + interval '15 minutes' where id = '${approved.id}'`,
      )
    }
    await ownSql(
      `update users set role = 'viewer' where id = (select approved_by_user_id from operations where id = '${approved.id}')`,
    )
    expect(await set(approved, begin), 'a demoted approver').toBe(forbidden)
    await ownSql(
      `update users set role = 'admin' where id = (select approved_by_user_id from operations where id = '${approved.id}')`,
    )
    expect(await set(approved, begin)).toBe('done')
  })

  it('makes no target development, or another database, or weaker in its policy', async () => {
    const of = `where id = '${stage.target.id}'`
    for (const change of [
      `environment = 'staging'`,
      `database_name = 'elsewhere'`,
      `port = 1`,
      `kind = 'control'`,
      `removed_at = now() - interval '8 days'`,
    ]) {
      expect(await web.attempt(`update targets set ${change} ${of}`), change).toBe(forbidden)
    }
    const copy = `insert into targets select (jsonb_populate_record(t, '{"id": "${crypto.randomUUID()}", "name": "twin"}')).* from targets t`
    expect(await web.attempt(copy)).toBe(forbidden)
    expect(await web.attempt(`update policies set document = '{}'`)).toBe(forbidden)
    expect(await web.attempt(`insert into policies select * from policies`)).toBe(forbidden)
    expect(await web.attempt(`delete from targets`)).toBe(forbidden)
  })

  it('still removes a target, with the credentials that it may not touch', async () => {
    const { url } = await createTestDatabase()
    const { id, name } = unwrap(
      await addTarget(stage.store.ctx, { name: 'gone', url, environment: 'staging' }),
    )
    const { sessionId, userId } = ada.actor
    await stage.store.db.insert(stepUps).values({ sessionId, userId, boundTo: removalOf(name) })
    unwrap(await removeTarget(ada, { name, typedName: name }))
    expect(await stage.store.db.$count(targetCredentials, eq(targetCredentials.targetId, id))).toBe(0)
  })

  it('files requests only as they are filed', async () => {
    const insert = (columns: string, values: string, who = bob) =>
      web.attempt(
        `insert into operations (kind, target_id, request, reason, requested_by, requested_by_user_id, ${columns})
         values ('append-rows', '${stage.target.id}', '{"rows": 1}', 'why not', 'user:${who.actor.email}', '${bob.actor.userId}', ${values})`,
      )
    expect(await insert('status', `'awaiting-approval'`)).toBe(forbidden)
    expect(await insert('needs_approval', 'false')).toBe(forbidden)
    expect(await insert('plan', `'{}'`)).toBe(forbidden)
    expect(await insert('approval_mode', `'break-glass'`)).toBe(forbidden)
    expect(await insert('status', `'requested'`, ada)).toBe(forbidden)
    expect(await insert('status', `'requested'`)).toBe('done')
  })

  it('gets an approval from the function only with a living session of somebody else who may and has just proved it', async () => {
    const operation = await stage.planned(ada)
    const { sessionId, userId } = bob.actor
    expect(await approveBySql(operation, sessionId), 'no proof').toBe(forbidden)
    await stage.proveFor(ada, operation)
    expect(await approveBySql(operation, ada.actor.sessionId), 'own request').toBe(forbidden)
    await stage.proveFor(bob, operation)
    expect(await approveBySql(operation, sessionId, 'a'.repeat(64)), 'other plan').toBe(forbidden)
    const spoilt = [
      [`users set role = 'viewer'`, `users set role = 'commander'`],
      [`users set approver_from = now() + interval '1 second'`, `users set approver_from = now()`],
      [`users set approver_from = null`, `users set approver_from = now()`],
      [`users set disabled_at = now()`, `users set disabled_at = null`],
      [`users set session_version = 2`, `users set session_version = 1`],
      [`sessions set revoked_at = now()`, `sessions set revoked_at = null`],
      [`sessions set expires_at = now()`, `sessions set expires_at = now() + interval '1 hour'`],
      [`sessions set last_seen_at = now() - interval '31 minutes'`, `sessions set last_seen_at = now()`],
      [`step_ups set proved_at = now() - interval '301 seconds'`, `step_ups set proved_at = now()`],
      [`step_ups set proved_at = now() + interval '1 hour'`, `step_ups set proved_at = now()`],
    ]
    for (const [spoil, mend] of spoilt) {
      const column = spoil!.startsWith('users') ? 'id' : 'user_id'
      await ownSql(`update ${spoil} where ${column} = '${userId}'`)
      expect(await approveBySql(operation, sessionId), spoil).toBe(forbidden)
      await ownSql(`update ${mend} where ${column} = '${userId}'`)
    }
    await ownSql(
      `update operations set planned_at = now() + interval '1 minute' where id = '${operation.id}'`,
    )
    expect(await approveBySql(operation, sessionId), 'clock set back').toBe(forbidden)
    await ownSql(`update operations set planned_at = now() where id = '${operation.id}'`)
    expect(await approveBySql(operation, sessionId)).toBe('done')
    expect(await stage.reload(operation)).toMatchObject({ status: 'approved', approvalMode: 'two-person' })
    // Whoever calls it: there is no approval that the audit does not know.
    const [entry] = await stage.store.db.select().from(auditEntries).orderBy(desc(auditEntries.seq)).limit(1)
    expect(entry).toMatchObject({
      action: 'operations.approve',
      outcome: 'done',
      actor: `user:${bob.actor.email}`,
      subject: `operation:${operation.id}`,
    })
  })

  it('neither switches solo mode on nor makes an approver, a password or a session of its own making count', async () => {
    expect(await web.attempt(`insert into installation (one, solo_mode) values (1, true)`)).toBe(forbidden)
    unwrap(await setSoloMode(stage.store.ctx, { on: false, reason: 'there are two of us' }))
    expect(await web.attempt(`update installation set solo_mode = true, solo_since = now()`)).toBe(forbidden)
    const user = `where id = '${bob.actor.userId}'`
    const [operation] = [await stage.planned(ada)]
    for (const change of [
      `users set approver_from = now() - interval '1 day' ${user}`,
      `users set approver_from = now() + interval '23 hours' ${user}`,
      `users set role = 'admin' ${user}`,
      `users set email = 'eve@example.com' ${user}`,
      `sessions set expires_at = now() + interval '11 hours' where user_id = '${bob.actor.userId}'`,
      `sessions set user_id = '${ada.actor.userId}' where user_id = '${bob.actor.userId}'`,
      `step_ups set bound_to = 'operation:${operation!.id}:${operation!.fingerprint}'`,
    ]) {
      expect(await web.attempt(`update ${change}`), change).toBe(forbidden)
    }
    await ownSql(`update users set password_hash = 'hers' ${user}`)
    expect(await web.attempt(`update users set password_hash = 'mine' ${user}`)).toBe(forbidden)
    await ownSql(`update users set disabled_at = now() ${user}`)
    expect(await web.attempt(`update users set disabled_at = null ${user}`)).toBe(forbidden)
    await ownSql(`update sessions set revoked_at = now() where user_id = '${ada.actor.userId}'`)
    expect(await web.attempt(`update sessions set revoked_at = null`)).toBe(forbidden)
    const person = (from: string) =>
      web.attempt(
        `insert into users (email, name, role, created_by, approver_from) values (gen_random_uuid() || '@x.y', 'x', 'admin', 'x', ${from})`,
      )
    expect(await person('now()')).toBe(forbidden)
    expect(await person(`now() + interval '24 hours'`)).toBe('done')
  })

  it('dates no proof into the future', async () => {
    const bound = 'operation:any'
    const { sessionId, userId } = bob.actor
    const statement = `insert into step_ups (session_id, user_id, bound_to, proved_at) values ('${sessionId}', '${userId}', '${bound}', now() + interval '1 day')`
    expect(await web.attempt(statement)).toBe('done')
    const [row] = await stage.store.db.execute(
      sql`select proved_at <= clock_timestamp() as past from step_ups where bound_to = ${bound}`,
    )
    expect(row).toEqual({ past: true })
    expect(await web.attempt(statement.replace(userId, ada.actor.userId))).toBe(forbidden)
  })
})

describe('the rules of the database', () => {
  it('know the same approvers and times as the verbs', async () => {
    const { db } = await createTestStore()
    expect([...permissions['operations.approve']!].sort()).toEqual(['admin', 'commander'])
    const [row] = await db.execute<{ rules: string }>(
      sql`select string_agg(prosrc, '') as rules from pg_proc where proname in ('holdfast_approve_operation', 'holdfast_keep_operation_rules')`,
    )
    expect(row!.rules.match(/role (not )?in \('admin', 'commander'\)/g)).toHaveLength(2)
    expect(
      row!.rules.match(new RegExp(`proved_at > now\\(\\) - interval '${stepUpMinutes} minutes'`, 'g')),
    ).toHaveLength(2)
    expect(row!.rules).toContain(`last_seen_at > now() - interval '${idleMinutes} minutes'`)
    expect(row!.rules).toContain(`waits := interval '${soloWaitMinutes} minutes'`)
  })
})
