import { spawnSync } from 'node:child_process'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { eq } from 'drizzle-orm'
import { beforeAll, describe, expect, it } from 'vitest'
import { targetCredentials } from '#drizzle/schema/targets.ts'
import { packageRoot } from '#lib/env.ts'
import { credentialPlace } from '#lib/targets/queries.ts'
import { createDriftStage, type DriftStage } from '#lib/testing/drift-stage.ts'
import { testKey } from '#lib/testing/test-key.ts'

describe('holdfast drift', { timeout: 60_000 }, () => {
  let stage: DriftStage
  beforeAll(async () => {
    stage = await createDriftStage(
      `create table public.leads (id int primary key, phone text); create table public.log (line text);
      insert into public.leads select n, 'p' || n from generate_series(1, 14) n`,
    )
  })

  const holdfast = (...args: string[]) => {
    const env: NodeJS.ProcessEnv = {
      NODE_ENV: 'test',
      PATH: process.env.PATH,
      HOLDFAST_KEY: testKey,
      HOLDFAST_DATA: process.env.HOLDFAST_DATA,
      DATABASE_URL: stage.store.url,
    }
    const command = [join(packageRoot, 'cli/holdfast.mjs'), 'drift', ...args]
    const ended = spawnSync(process.execPath, command, { encoding: 'utf8', cwd: tmpdir(), env })
    return {
      exit: ended.status,
      text: ended.stdout,
      json: () => JSON.parse(ended.stdout),
      told: ended.stderr,
    }
  }

  it('exits with 0 in sync, and with 3 where rows differ, which it shows with the values of both', async () => {
    const same = holdfast('compare', 'agent', 'site', '--json')
    expect(same.exit, same.told).toBe(0)
    expect(same.json()).toMatchObject({
      inSync: true,
      tables: [{ table: 'public.leads', missing: 0, extra: 0, changed: 0, samples: [] }],
      uncompared: { withoutKey: ['public.log'] },
    })
    await stage.site.sql`update public.leads set phone = 'other' where id = 7`
    await stage.site.sql`delete from public.leads where id = 8`
    const other = holdfast('compare', 'agent', 'site', '--tables', 'public.leads', '--json')
    expect(other.exit, other.told).toBe(3)
    expect(other.json()).toMatchObject({
      inSync: false,
      tables: [
        {
          table: 'public.leads',
          missing: 1,
          extra: 0,
          changed: 1,
          samples: expect.arrayContaining([
            { kind: 'changed', key: 'id=7', master: { phone: 'p7' }, target: { phone: 'other' } },
          ]),
        },
      ],
    })
    const shown = holdfast('show', other.json().id)
    expect(shown.exit).toBe(3)
    expect(shown.text).toContain('holdfast drift plan agent site --tables public.leads')
  })

  it('plans the repair of the target with the master’s rows, and lists what was compared', () => {
    const planned = holdfast('plan', 'agent', 'site', '--reason', 'the two have drifted apart', '--json')
    expect(planned.exit, planned.told).toBe(0)
    expect(planned.json()).toMatchObject({ promisedRows: 2, status: 'approved' })
    const listed = holdfast('list', 'site', '--json').json().comparisons
    expect(listed.map((one: { inSync: boolean }) => one.inSync)).toEqual([false, true])
  })

  it('exits with 1 where one of the two cannot be read: that is no agreement', async () => {
    const place = credentialPlace(stage.master.id, 'owner')
    await stage.store.db
      .update(targetCredentials)
      .set({ sealedUrl: stage.store.ctx.keys!.seal('postgresql://nobody@127.0.0.1:9/none', place) })
      .where(eq(targetCredentials.targetId, stage.master.id))
    const failed = holdfast('compare', 'agent', 'site', '--json')
    expect(failed.exit).toBe(1)
    expect(failed.json().error).toMatchObject({
      code: 'target-unreachable',
      message: expect.stringContaining('agent cannot be read'),
    })
    const [newest] = holdfast('list', 'site', '--json').json().comparisons
    expect(newest).toMatchObject({ status: 'failed', inSync: null })
    expect(holdfast('show', newest.id).exit).toBe(1)
  })
})
