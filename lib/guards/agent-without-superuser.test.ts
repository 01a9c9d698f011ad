import { randomBytes } from 'node:crypto'
import postgres from 'postgres'
import { beforeAll, describe, expect, it } from 'vitest'
import { unwrap } from '#lib/errors.ts'
import { grantAgent } from '#lib/guards/grant-agent.ts'
import { issueAgentPassword } from '#lib/guards/issue-agent-password.ts'
import type { AgentRole } from '#lib/guards/make-agent-role.ts'
import { revokeAgent } from '#lib/guards/revoke-agent.ts'
import { getJobRun } from '#lib/jobs/queries.ts'
import { runJob } from '#lib/jobs/run-job.ts'
import { cleanUp } from '#lib/testing/clean-up.ts'
import { createGuardedTarget, type GuardedTarget, refusalOf } from '#lib/testing/guarded-target.ts'
import { postgresqlMajors, startMajorServer } from '#lib/testing/major-servers.ts'
import { jobHandlers } from '#worker/jobs.ts'

const policy = {
  budget: { statementRows: 20, transactionRows: 30, windowRows: 100 },
  protectedTables: [{ table: 'app.member' }],
}

const doors = postgresqlMajors.flatMap((major) =>
  ['createrole', 'nocreaterole'].map((right) => [major, right] as const),
)

describe.each(doors)(
  'an agent on PostgreSQL %i, made by an owner with %s and no superuser',
  (major, right) => {
    const mark = randomBytes(4).toString('hex')
    const [owner, role] = [`owner_${mark}`, `agent_${mark}`]
    let serverUrl: string
    let server: postgres.Sql
    let target: GuardedTarget
    beforeAll(async () => {
      serverUrl = await startMajorServer(major)
      server = postgres(serverUrl, { max: 1, onnotice: () => {} })
      await server.unsafe(`create role ${owner} login ${right} password 'only-in-this-test'`)
      target = await createGuardedTarget(
        `do $$ begin execute format('grant create on database %I to ${owner}', current_database()); end $$;
       set role ${owner};
       create schema app;
       create table app.member (id int primary key, name text);
       insert into app.member select i, 'm' from generate_series(1, 50) i;
       reset role`,
        policy,
        { user: owner, password: 'only-in-this-test' },
        serverUrl,
      )
      await target.install()
    })
    cleanUp(async () => {
      await target.sql.unsafe(`drop owned by ${owner} cascade`)
      await server.unsafe(`drop owned by ${owner} cascade; drop role ${owner}`)
      await server.end()
    })
    const runFiled = async (jobRunId: string) => {
      await runJob(target.store.ctx, jobHandlers, jobRunId, 'test')
      return getJobRun(target.store.db, jobRunId)
    }

    it('is made, or comes as SQL for a superuser; either way it is held, and owns nothing', async () => {
      const { ctx } = target.store
      const { jobRunId } = unwrap(await grantAgent(ctx, { target: target.name, role }))
      const made = (await runFiled(jobRunId)).result as AgentRole
      const { url, statement } = unwrap(await issueAgentPassword(ctx, { target: target.name, role }))
      expect(made.made).toBe(right === 'createrole')
      if (!made.made) {
        expect(await target.sql`select from pg_roles where rolname = ${role}`).toHaveLength(0)
        for (const one of [...made.statements, statement!]) await target.sql.unsafe(one)
        expect(statement).not.toContain(new URL(url).password)
      }
      const agent = postgres(url.split('?')[0]!, { max: 1, onnotice: () => {} })
      await agent`delete from app.member where id <= 5`
      expect((await refusalOf(agent`delete from app.member where id <= 12`)).code).toBe('HF001')
      expect((await refusalOf(agent`update app.member set name = 'gone'`)).code).toBe('HF001')
      // No event trigger stands here; what it does not own it cannot change.
      expect((await refusalOf(agent`drop table app.member`)).code).toBe('42501')
      expect((await refusalOf(agent`alter table app.member drop column name`)).code).toBe('42501')
      expect((await refusalOf(agent`truncate app.member`)).code).toBe('42501')
      expect((await refusalOf(agent`create table app.mine (id int)`)).code).toBe('42501')
      await agent.end()
    })

    it('is revoked, or keeps its limits until somebody who may has dropped it', async () => {
      const { ctx } = target.store
      const revoke = async () => {
        const { jobRunId } = unwrap(await revokeAgent(ctx, { target: target.name, role }))
        return runFiled(jobRunId)
      }
      const run = await revoke()
      if (right === 'nocreaterole') {
        expect(run).toMatchObject({ status: 'failed', error: { code: 'role-stays' } })
        expect(await target.sql`select role_name from holdfast.agents`).toEqual([{ role_name: role }])
        await target.sql.unsafe(`drop owned by ${role}; drop role ${role}`)
        expect(await revoke()).toMatchObject({ status: 'succeeded' })
      } else expect(run).toMatchObject({ status: 'succeeded' })
      expect(await target.sql`select from pg_roles where rolname = ${role}`).toHaveLength(0)
      expect(await target.sql`select from holdfast.agents`).toHaveLength(0)
      expect(await target.verify()).toMatchObject({ installed: true })
    })
  },
)
