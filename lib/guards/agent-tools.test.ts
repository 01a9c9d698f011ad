import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import postgres from 'postgres'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { packageRoot } from '#lib/env.ts'
import { unwrap } from '#lib/errors.ts'
import { compareFacts } from '#lib/facts/compare-facts.ts'
import { readFacts } from '#lib/facts/read-facts.ts'
import type { Facts } from '#lib/facts/types.ts'
import { watchTarget } from '#lib/guards/collect-guard-events.ts'
import { grantAgent } from '#lib/guards/grant-agent.ts'
import { issueAgentPassword } from '#lib/guards/issue-agent-password.ts'
import { listBlockedAttempts } from '#lib/guards/queries.ts'
import { revokeAgent } from '#lib/guards/revoke-agent.ts'
import { runJob } from '#lib/jobs/run-job.ts'
import { createGuardedTarget, type GuardedTarget, refusalOf } from '#lib/testing/guarded-target.ts'
import { prismaStatements } from '#lib/testing/tool-sessions/prisma-statements.ts'
import { jobHandlers } from '#worker/jobs.ts'

const script = `
  create type public."Role" as enum ('OWNER', 'MEMBER');
  create table public."Team" (id int primary key, title text);
  create table public."Member" (id int primary key, "teamId" int constraint "Member_teamId_fkey" references public."Team" on delete cascade,
    name text, note text, role public."Role");
  create table public.invoice (id int primary key, total numeric);
  create table public.member (id int primary key, name text, note text);
  insert into public."Team" select i, 't' || i from generate_series(1, 30) i;
  insert into public."Member" select i, 1 + i % 30, 'm' || i, 'n', 'OWNER' from generate_series(1, 100) i;
  insert into public.invoice select i, i from generate_series(1, 40) i;
  insert into public.member select i, 'm', 'n' from generate_series(1, 40) i;
`
const policy = {
  budget: { statementRows: 10, transactionRows: 15, windowRows: 1000 },
  protectedTables: ['"Team"', '"Member"', 'invoice', 'member'].map((name) => ({ table: `public.${name}` })),
}

/** What the real tool says, run as somebody would run it. Its exit code is 0 even when the database refused. */
const push = (url: string): Promise<string> =>
  new Promise((resolve) => {
    execFile(
      process.execPath,
      [
        join(packageRoot, 'node_modules/drizzle-kit/bin.cjs'),
        'push',
        '--force',
        '--config=lib/testing/tool-sessions/drizzle.config.ts',
      ],
      { cwd: packageRoot, env: { ...process.env, PUSH_URL: url, PGAPPNAME: 'drizzle-kit' }, timeout: 60_000 },
      (_error, stdout, stderr) => resolve(`${stdout}${stderr}`),
    )
  })

describe('the tools that empty databases', () => {
  const role = `agent_${randomBytes(4).toString('hex')}`
  let target: GuardedTarget
  let agentUrl: string
  let before: Facts
  const facts = () =>
    target.sql.begin('isolation level repeatable read', (transaction) => readFacts(transaction))
  const lost = async () => compareFacts(before, await facts())
  beforeAll(async () => {
    target = await createGuardedTarget(script, policy)
    const { ctx } = target.store
    await target.install()
    const { jobRunId } = unwrap(await grantAgent(ctx, { target: target.name, role }))
    await runJob(ctx, jobHandlers, jobRunId, 'test')
    agentUrl = unwrap(await issueAgentPassword(ctx, { target: target.name, role })).url
    before = await facts()
  }, 60_000)
  afterAll(async () => {
    const { jobRunId } = unwrap(await revokeAgent(target.store.ctx, { target: target.name, role }))
    await runJob(target.store.ctx, jobHandlers, jobRunId, 'test')
  })

  it('a real drizzle-kit push --force of the owner is refused, and nothing is lost', async () => {
    const output = await push(target.url)
    expect(output).toMatch(/Holdfast: dropping table .* is refused/)
    expect(output).toMatch(/holdfast deployments validate/)
    expect(output).not.toContain('Changes applied')
    expect(await lost()).toEqual([])
  }, 60_000)

  it('a real drizzle-kit push --force of an agent is refused with words that help', async () => {
    const url = new URL(agentUrl)
    url.search = ''
    const output = await push(url.toString())
    expect(output).toMatch(/This database is guarded by Holdfast; nothing was changed/)
    expect(output).toMatch(/holdfast deployments validate/)
    expect(output).not.toContain('Changes applied')
    expect(await lost()).toEqual([])
  }, 60_000)

  it.each(prismaStatements)('of Prisma’s reset and push is refused: %s', async (statement) => {
    for (const [who, url, codes] of [
      ['owner', target.url, /^HF00[1-6]$/],
      ['agent', agentUrl, /^HF00[1-6]$|^42501$/],
    ] as const) {
      const sql = postgres(url.split('?')[0]!, {
        max: 1,
        onnotice: () => {},
        connection: { application_name: `prisma-${who}` },
      })
      const refused = await refusalOf(sql.unsafe(statement).simple())
      await sql.end()
      expect(refused.code).toMatch(codes)
      if (refused.code.startsWith('HF')) expect(`${refused.message} ${refused.hint}`).toMatch(/holdfast \w+/)
      expect(await lost()).toEqual([])
    }
  })

  it('leaves what was tried on record, with the agent and the application', async () => {
    await watchTarget(target.store.ctx, target.targetId)
    const attempts = await listBlockedAttempts(target.store.db, target.targetId, 200)
    const by = (application: string) => attempts.filter((attempt) => attempt.application === application)
    expect(by('prisma-agent').every((attempt) => attempt.role === role)).toBe(true)
    expect(by('prisma-agent').map((attempt) => attempt.statement)).toContain('DROP SCHEMA "public" CASCADE')
    expect(by('prisma-owner').length).toBe(prismaStatements.length)
    expect(by('drizzle-kit').map((attempt) => attempt.role)).toContain(role)
  })
})
