import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it, vi } from 'vitest'
import { AppError, unwrap } from '#lib/errors.ts'
import { applyPolicy } from '#lib/targets/apply-policy.ts'
import { getPolicy } from '#lib/targets/queries.ts'
import { createBackupStage } from '#lib/testing/backup-stage.ts'

// What a machine without PostgreSQL's client tools answers.
vi.mock('#lib/servers/find-tools.ts', () => ({
  requireTools: () => {
    throw new AppError('no-postgres-tools', 'There is no pg_dump here.', {
      kind: 'unavailable',
      hint: 'Install it',
    })
  },
}))

describe('without pg_dump', () => {
  it('an archive fails with the command that installs it and leaves nothing; snapshots still work', async () => {
    const stage = await createBackupStage(
      'create table public.users as select n as id from generate_series(1, 20) n',
    )
    const { document } = await getPolicy(stage.store.db, stage.target.id)
    unwrap(
      await applyPolicy(stage.store.ctx, {
        name: stage.target.name,
        document: { ...document, protectedTables: [{ table: 'public.users' }] },
      }),
    )
    const failed = await stage.take('archive')
    expect(failed).toMatchObject({
      status: 'failed',
      error: { code: 'no-postgres-tools', hint: 'Install it' },
    })
    expect(existsSync(join(stage.data, 'archives', stage.target.id))).toBe(false)
    expect(await stage.take('snapshot')).toMatchObject({ status: 'good', verification: 'checksum' })
  })
})
