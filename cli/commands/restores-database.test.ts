import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { packageRoot } from '#lib/env.ts'
import { createDatabaseStage, type DatabaseStage } from '#lib/testing/database-stage.ts'
import { testKey } from '#lib/testing/test-key.ts'

describe('restores database and restores switch at the terminal', { timeout: 120_000 }, () => {
  let stage: DatabaseStage
  let archiveId: string
  beforeAll(async () => {
    stage = await createDatabaseStage(
      'create table public.a (id int primary key); insert into public.a select generate_series(1, 50)',
    )
    archiveId = (await stage.take('archive')).id
    await stage.target.sql`insert into public.a select generate_series(51, 60)`
  }, 120_000)

  const run = (...args: string[]) => {
    const done = spawnSync(process.execPath, [join(packageRoot, 'cli/main.ts'), ...args, '--json'], {
      encoding: 'utf8',
      env: { ...process.env, DATABASE_URL: stage.store.url, HOLDFAST_KEY: testKey },
    })
    return { status: done.status, json: JSON.parse(done.stdout) }
  }

  it('plans both, and refuses a switch to what is not there with exit code 3 and a hint', async () => {
    const planned = run(
      'restores',
      'database',
      stage.target.name,
      '--from',
      archiveId,
      '--reason',
      'in doubt',
    )
    expect(planned).toMatchObject({
      status: 0,
      json: { status: 'approved', promisedRows: 50, tables: [{ table: 'public.a', newer: 10 }] },
    })
    const refused = run('restores', 'switch', planned.json.operation, '--reason', 'too early')
    expect(refused).toMatchObject({
      status: 3,
      json: { error: { code: 'database-not-proven', hint: expect.stringContaining('restores database') } },
    })
    const { operation } = await stage.restored(archiveId)
    const plan = run('restores', 'switch', operation.id.slice(0, 8), '--reason', 'it is right')
    expect(plan).toMatchObject({ status: 0, json: { needsApproval: false } })
    expect(plan.json.sentence).toContain(`Gives the name ${stage.live} to`)
    expect(plan.json.statements.join(' ')).toContain('rename to')
  })
})
