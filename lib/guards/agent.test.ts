import { randomBytes } from 'node:crypto'
import postgres from 'postgres'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { auditEntries } from '#drizzle/schema/audit.ts'
import { jobRuns } from '#drizzle/schema/jobs.ts'
import { policies } from '#drizzle/schema/targets.ts'
import { unwrap } from '#lib/errors.ts'
import { listAgents } from '#lib/guards/agent-queries.ts'
import { watchTarget } from '#lib/guards/collect-guard-events.ts'
import { grantAgent } from '#lib/guards/grant-agent.ts'
import { issueAgentPassword } from '#lib/guards/issue-agent-password.ts'
import { listBlockedAttempts } from '#lib/guards/queries.ts'
import { revokeAgent } from '#lib/guards/revoke-agent.ts'
import { getJobRun } from '#lib/jobs/queries.ts'
import { runJob } from '#lib/jobs/run-job.ts'
import { getPolicy } from '#lib/targets/queries.ts'
import { createGuardedTarget, type GuardedTarget, refusalOf } from '#lib/testing/guarded-target.ts'
import { postgresqlMajors, startMajorServer } from '#lib/testing/major-servers.ts'
import { createTestPerson } from '#lib/testing/test-db.ts'
import { jobHandlers } from '#worker/jobs.ts'

const script = `
  create table public.member (id int primary key, name text, note text);
  insert into public.member select i, 'm' || i, 'n' from generate_series(1, 200) i;
  create table public.part (id int, day int, label text) partition by range (day);
  create table public.part_a partition of public.part for values from (0) to (10);
  create table public.part_b partition of public.part for values from (10) to (20);
  insert into public.part select i, i % 20, 'p' from generate_series(1, 100) i;
  create table public.other (id int generated always as identity primary key, name text);
  create function public.rename_all() returns void language sql as $$ update public.member set name = 'gone' $$;
`
const policy = {
  budget: { statementRows: 100, transactionRows: 150, windowRows: 1000 },
  protectedTables: [{ table: 'public.member' }, { table: 'public.part', journal: 'none' as const }],
}

describe.each(postgresqlMajors)('an agent of PostgreSQL %i', (major) => {
  // Roles belong to the server, which other test files use, too.
  const role = `agent_${randomBytes(4).toString('hex')}`
  let target: GuardedTarget
  let sql: postgres.Sql
  let agent: postgres.Sql
  let url: string

  const runFiled = async (jobRunId: string) => {
    await runJob(target.store.ctx, jobHandlers, jobRunId, 'test')
    return getJobRun(target.store.db, jobRunId)
  }
  const connect = () =>
    postgres(url, { max: 1, onnotice: () => {}, connection: { application_name: 'cleanup-bot' } })
  beforeAll(async () => {
    target = await createGuardedTarget(script, policy, undefined, await startMajorServer(major))
    sql = target.sql
    await target.install()
    const granted = unwrap(await grantAgent(target.store.ctx, { target: target.name, role }))
    expect(granted.budget).toMatchObject({ statementRows: 5, transactionRows: 10, windowRows: 50 })
    expect(await runFiled(granted.jobRunId)).toMatchObject({ status: 'succeeded', result: { made: true } })
    url = unwrap(await issueAgentPassword(target.store.ctx, { target: target.name, role })).url
    agent = connect()
  })
  afterAll(() => agent.end())

  it('signs in as a role without any power, with short time-outs', async () => {
    const [me] = await agent`
      select rolsuper or rolcreatedb or rolcreaterole or rolreplication or rolbypassrls as power, rolconnlimit as connections,
        current_setting('statement_timeout') as statement, current_setting('lock_timeout') as lock,
        current_setting('idle_in_transaction_session_timeout') as idle,
        has_schema_privilege('holdfast', 'usage') as holdfast, has_table_privilege('public.member', 'truncate') as truncate
      from pg_roles where rolname = current_user`
    expect(me).toEqual({
      power: false,
      connections: 5,
      statement: '30s',
      lock: '2s',
      idle: '1min',
      holdfast: false,
      truncate: false,
    })
    await agent`insert into public.other (name) values ('made')`
    await agent`update public.other set name = 'changed'`
    expect(await agent`delete from public.other returning name`).toEqual([{ name: 'changed' }])
  })

  it('deletes within its own small budget and not beyond, where others may more', async () => {
    await agent`delete from public.member where id <= 5`
    const refused = await refusalOf(agent`delete from public.member where id <= 11`)
    expect(refused.code).toBe('HF001')
    expect(refused.message).toContain(role)
    await sql`delete from public.member where id between 6 and 50`
    expect(await sql`select from public.member`).toHaveLength(150)
  })

  it('has every row that it overwrites counted and kept, whatever the column', async () => {
    const before =
      await sql`select to_jsonb(m) as image from public.member m where id in (101, 102) order by id`
    await agent`update public.member set note = 'x' where id in (101, 102)`
    const [{ journal }] = await sql<[{ journal: string }]>`
      select journal::text from holdfast.guarded_tables where table_name = 'public.member'`
    const kept = await sql`
      select j.id, j.name, j.note from ${sql.unsafe(journal)} j
      join holdfast.journal_statements s on s.id = j.holdfast_statement_id
      where s.act = 'update' and s.role_name = ${role} order by j.id`
    expect(kept).toEqual(before.map((row) => row.image))
    const [statement] = await sql`
      select rows, transaction_rows, budget_role, application_name from holdfast.journal_statements
      where act = 'update' and role_name = ${role}`
    expect(statement).toEqual({
      rows: '2',
      transaction_rows: '2',
      budget_role: role,
      application_name: 'cleanup-bot',
    })
  })

  it('cannot overwrite more than its budget: by a statement, a loop, a function, or through a partitioned table', async () => {
    const count = async () =>
      (await sql`select count(*) filter (where name = 'gone') as n from public.member`)[0]!.n
    expect((await refusalOf(agent`update public.member set name = 'gone'`)).code).toBe('HF001')
    expect((await refusalOf(agent`select public.rename_all()`)).code).toBe('HF001')
    const loop = agent.begin(async (transaction) => {
      for (let id = 60; id < 80; id++) {
        await transaction`update public.member set name = 'gone' where id = ${id}`
      }
    })
    expect((await refusalOf(loop)).code).toBe('HF001')
    expect(await count()).toBe('0')
    expect((await refusalOf(agent`update public.part set label = 'gone'`)).code).toBe('HF001')
    expect((await refusalOf(agent`update public.part_b set label = 'gone'`)).code).toBe('HF001')
    expect((await refusalOf(agent`update public.part set day = (day + 10) % 20, label = 'gone'`)).code).toBe(
      'HF001',
    )
    await agent`update public.part set day = (day + 10) % 20 where id = 99`
    expect(await sql`select from public.part where id = 99 and day = 9`).toHaveLength(1)
    const [moved] = await sql`
      select rows from holdfast.journal_statements where table_name = 'public.part' and role_name = ${role} order by id desc`
    expect(moved).toEqual({ rows: '1' })
    await agent`update public.part set label = 'fine' where id <= 3`
    expect(await sql`select from public.part where label = 'fine'`).toHaveLength(3)
    await sql`update public.member set note = 'by a person'`
  })

  it('stays an agent under SET ROLE and in a rolled back savepoint', async () => {
    await agent.begin(async (transaction) => {
      await transaction`set local role ${transaction(role)}`
      await transaction
        .savepoint((inner) => inner`update public.member set name = 'gone' where id < 160`)
        .catch(() => {})
      await transaction`update public.member set note = 'y' where id = 150`
    })
    const [last] = await sql`
      select rows, transaction_rows from holdfast.journal_statements
      where act = 'update' and role_name = ${role} and table_name = 'public.member' order by id desc limit 1`
    expect(last).toEqual({ rows: '1', transaction_rows: '1' })
  })

  it('is refused every DDL with words that say what to do, and the attempt is on record with who it was', async () => {
    for (const statement of [
      'drop table public.member',
      'alter table public.other add column x int',
      'create table public.mine (id int)',
      'create temp table mine (id int)',
      'drop schema public cascade',
    ]) {
      const refused = await refusalOf(agent.unsafe(statement))
      expect(refused.code).toBe('HF006')
      expect(refused.message).toMatch(
        /guarded by Holdfast; nothing was changed.*holdfast deployments validate/,
      )
      expect(refused.hint).toMatch(/holdfast permits request/)
    }
    expect((await refusalOf(agent`truncate public.member`)).code).toBe('42501')
    await watchTarget(target.store.ctx, target.targetId)
    const attempts = await listBlockedAttempts(target.store.db, target.targetId)
    const mine = attempts.filter((attempt) => attempt.role === role && attempt.application === 'cleanup-bot')
    expect(mine.map((attempt) => attempt.statement)).toContain('drop table public.member')
    expect(mine.find((attempt) => attempt.statement === 'drop table public.member')?.table).toBe(
      'public.member',
    )
    expect(mine.length).toBeGreaterThanOrEqual(9)
    const { document } = await getPolicy(target.store.db, target.targetId)
    const [summary] = await listAgents(target.store.db, target.targetId, document)
    expect(summary).toMatchObject({
      role,
      budget: { statementRows: 5, transactionRows: 10, windowRows: 50 },
      refused: mine.length,
      deletedRows: 5,
      overwrittenRows: 7,
    })
    expect(summary!.attempts).toHaveLength(5)
  })

  it('has a password that nobody else knows: not the control database, not the audit, not the target', async () => {
    const { password } = new URL(url)
    expect(password.length).toBeGreaterThanOrEqual(32)
    for (const table of [auditEntries, jobRuns, policies]) {
      expect(JSON.stringify(await target.store.db.select().from(table))).not.toContain(password)
    }
    const [kept] = await sql`select rolpassword from pg_authid where rolname = ${role}`
    expect(kept!.rolpassword).toMatch(/^SCRAM-SHA-256\$/)
    const before = url
    url = unwrap(await issueAgentPassword(target.store.ctx, { target: target.name, role })).url
    expect(url).not.toBe(before)
    const fresh = connect()
    expect(await fresh`select current_user as me`).toEqual([{ me: role }])
    await fresh.end()
  })

  it('is found out when its triggers are tampered with', async () => {
    const [trigger] = await sql`
      select tgname from pg_trigger where tgrelid = 'public.member'::regclass and tgname like 'guard_agent_public%'`
    await sql.unsafe(`
      alter event trigger holdfast_refuse_alter disable; alter table public.member disable trigger ${trigger!.tgname};
      alter event trigger holdfast_refuse_alter enable always`)
    const report = await target.verify()
    expect(report.tables.find(({ table }) => table === 'public.member')?.problems).toContain(
      'Its trigger for agents is disabled.',
    )
    await target.install()
    await sql.unsafe(`alter role ${role} createdb`)
    expect((await target.verify()).tables[0]!.problems).toContain(
      `The agent ${role} is a maker of databases.`,
    )
    await sql.unsafe(`alter role ${role} nocreatedb`)
  })

  it('cannot be a role that somebody else made', async () => {
    const taken = `taken_${randomBytes(4).toString('hex')}`
    await sql.unsafe(`create role ${taken}`)
    const before = await getPolicy(target.store.db, target.targetId)
    expect(await grantAgent(target.store.ctx, { target: target.name, role: taken })).toMatchObject({
      ok: false,
      refusal: { code: 'role-taken' },
    })
    expect(await getPolicy(target.store.db, target.targetId)).toEqual(before)
    await sql.unsafe(`drop role ${taken}`)
  })

  it('can be granted and revoked by nobody who only looks', async () => {
    const viewer = await createTestPerson(target.store, 'viewer')
    for (const verb of [grantAgent, revokeAgent, issueAgentPassword]) {
      expect(await verb(viewer, { target: target.name, role })).toMatchObject({
        ok: false,
        refusal: { code: 'forbidden' },
      })
    }
  })

  it('leaves nothing when it is revoked, its sessions included', async () => {
    const { jobRunId } = unwrap(await revokeAgent(target.store.ctx, { target: target.name, role }))
    expect(await runFiled(jobRunId)).toMatchObject({ status: 'succeeded' })
    await expect(agent`select 1`).rejects.toThrow()
    expect(await sql`select from pg_roles where rolname = ${role}`).toHaveLength(0)
    expect(await sql`select from holdfast.agents`).toHaveLength(0)
    expect(await sql`select from holdfast.budgets where role_name = ${role}`).toHaveLength(0)
    expect(await sql`select from pg_trigger where tgname like 'guard_agent%'`).toHaveLength(0)
    expect((await getPolicy(target.store.db, target.targetId)).document.agents).toEqual([])
    expect(await target.verify()).toMatchObject({ installed: true })
    expect(await revokeAgent(target.store.ctx, { target: target.name, role })).toMatchObject({
      refusal: { code: 'agent-not-found' },
    })
  })
})
