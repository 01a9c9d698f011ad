import { beforeAll, describe, expect, it } from 'vitest'
import { measureBlastRadius } from '#lib/deployments/blast-radius.ts'
import { measureConstraintImpact } from '#lib/deployments/constraint-impact.ts'
import { parseMigration } from '#lib/deployments/parse-migration.ts'
import { getDeployment } from '#lib/deployments/queries.ts'
import { writeDeploymentReport } from '#lib/deployments/report.ts'
import { requestDeployment } from '#lib/deployments/request-deployment.ts'
import { validateDeployment } from '#lib/deployments/validate-deployment.ts'
import { unwrap } from '#lib/errors.ts'
import { runJob } from '#lib/jobs/run-job.ts'
import type { JobHandlers } from '#lib/jobs/types.ts'
import { addTarget } from '#lib/targets/add-target.ts'
import { listTables } from '#lib/targets/introspect.ts'
import {
  createTestDatabase,
  createTestDataDirectory,
  createTestPerson,
  createTestStore,
  type TestStore,
} from '#lib/testing/test-db.ts'

const script = `
  create table public.customers (id int primary key, email text, "phone|no" text);
  insert into public.customers select n, 'c' || n || '@example.com', case when n % 4 = 0 then 'x' end from generate_series(1, 40) n;
  create table public.orders (id int primary key, customer_id int not null references public.customers, amount numeric);
  insert into public.orders select n, 1 + n % 40, case when n <= 3 then null else n - 10 end from generate_series(1, 60) n;
  analyze`

const handlers = { 'deployments.validate': validateDeployment } as unknown as JobHandlers

describe('the deployment gate', () => {
  let store: TestStore
  let targetId: string
  let target: Awaited<ReturnType<typeof createTestDatabase>>

  beforeAll(async () => {
    createTestDataDirectory()
    store = await createTestStore()
    target = await createTestDatabase(script)
    const added = unwrap(
      await addTarget(store.ctx, { name: 'shop', url: target.url, environment: 'staging' }),
    )
    targetId = added.id
  })

  const validate = async (request: Record<string, unknown>) => {
    const { deploymentId, jobRunId } = unwrap(
      await requestDeployment(store.ctx, { targetId, title: 'A change', ...request }),
    )
    await runJob(store.ctx, handlers, jobRunId, 'test')
    return getDeployment(store.db, deploymentId)
  }
  const stepOf = (deployment: Awaited<ReturnType<typeof validate>>, name: string) =>
    deployment.steps.find((step) => step.name === name)

  it('approves a migration that was rehearsed forward and back and loses nothing', async () => {
    const deployment = await validate({
      migration:
        'begin; alter table customers add column nickname text; update customers set nickname = email; commit;',
      rollback: 'alter table customers drop column nickname',
    })
    expect(deployment.steps.map((step) => [step.name, step.status])).toEqual([
      ['statements', 'passed'],
      ['blast-radius', 'warning'],
      ['health', expect.stringMatching(/passed|warning/)],
      ['backup', 'passed'],
      ['rehearsal-forward', 'passed'],
      ['rehearsal-rollback', 'passed'],
    ])
    expect(deployment.verdict).toBe('APPROVED')
    const columns = (await listTables(target.sql)).find((table) => table.name === 'customers')!.columns
    expect(columns.map((column) => column.name)).not.toContain('nickname')
  })

  it('blocks a migration that drops values, with the number of values that live now', async () => {
    const deployment = await validate({ migration: 'alter table customers drop column "phone|no"' })
    expect(deployment.verdict).toBe('BLOCKED')
    expect(stepOf(deployment, 'blast-radius')?.details).toContain('destroys 10 non-null values')
    expect(stepOf(deployment, 'rehearsal-forward')).toMatchObject({ status: 'failed' })
    expect(writeDeploymentReport(deployment, 'shop')).toContain('phone\\|no')
  })

  it('blocks a delete that only the rehearsal can count', async () => {
    const deployment = await validate({ migration: 'delete from orders where amount > 20' })
    expect(deployment.verdict).toBe('BLOCKED')
    expect(stepOf(deployment, 'rehearsal-forward')?.details).toContain('public.orders has 30 rows less')
  })

  it('blocks a migration that fails on the copy and names the statement', async () => {
    const deployment = await validate({
      migration: 'create table fine (id int); alter table nowhere add column a int',
    })
    expect(deployment.verdict).toBe('BLOCKED')
    expect(stepOf(deployment, 'rehearsal-forward')).toMatchObject({
      status: 'failed',
      evidence: ['alter table nowhere add column a int'],
    })
  })

  it('blocks when the rollback does not bring back what was there', async () => {
    const deployment = await validate({
      migration:
        'alter table customers add column nickname text; update customers set email = lower(email || email)',
      rollback: 'alter table customers drop column nickname',
    })
    expect(deployment.verdict).toBe('BLOCKED')
    expect(stepOf(deployment, 'rehearsal-rollback')).toMatchObject({ status: 'failed' })
  })

  it('weighs a CHECK with PostgreSQL’s own semantics: null passes, false violates', async () => {
    const deployment = await validate({ constraint: { table: 'public.orders', expression: 'amount > 0' } })
    expect(stepOf(deployment, 'constraint-impact')).toMatchObject({
      status: 'failed',
      details: expect.stringContaining('7 of 60 rows'),
    })
    const clean = await validate({
      constraint: { table: 'public.orders', expression: 'amount is null or amount > -100' },
    })
    expect(clean.verdict).toBe('APPROVED')
  })

  it('calls no function that could act, in a constraint that parses', async () => {
    const [orders] = (await listTables(target.sql)).filter((table) => table.name === 'orders')
    await target.sql`create function public.wipe() returns boolean language sql as 'delete from public.orders returning true'`
    for (const expression of [
      'wipe()',
      'public.wipe()',
      'pg_sleep(1) is null',
      'pg_read_file(email) is null',
    ]) {
      await expect(measureConstraintImpact(target.sql, orders!, expression)).rejects.toMatchObject({
        code: 'constraint-expression',
      })
    }
    expect((await target.sql`select count(*)::int as n from public.orders`)[0]!.n).toBe(60)
  })

  it('counts what each destruction takes away in one snapshot', async () => {
    const { destructions } = await parseMigration('truncate orders; drop table customers; drop table absent')
    const measured = await measureBlastRadius(target.sql, await listTables(target.sql), destructions)
    expect(measured.map((each) => each.destroyed)).toEqual([60, 40, 0])
  })

  it('approves an emergency skip only with a reason, and the report says so', async () => {
    const deployment = await validate({ skip: { reason: 'the shop is down and this is the fix' } })
    expect(deployment).toMatchObject({ verdict: 'APPROVED', steps: [] })
    expect(deployment.reasons[0]).toContain('the shop is down')
  })

  it('says that a deployment is not there, also for what cannot be an id', async () => {
    await expect(getDeployment(store.db, 'nonsense')).rejects.toMatchObject({ kind: 'not-found' })
  })

  it('refuses what does not parse before any work, and a viewer always', async () => {
    const request = { targetId, title: 'A change', migration: 'drop tabel x' }
    expect(await requestDeployment(store.ctx, request)).toMatchObject({
      ok: false,
      refusal: { code: 'migration-syntax', reason: expect.stringContaining('Line 1') },
    })
    const viewer = await createTestPerson(store, 'viewer')
    expect(await requestDeployment(viewer, request)).toMatchObject({
      ok: false,
      refusal: { code: 'forbidden' },
    })
  })
})
