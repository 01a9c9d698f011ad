import { describe, expect, it } from 'vitest'
import { snapshotTableOf } from '#lib/backups/snapshots/snapshot-tables.ts'
import { unwrap } from '#lib/errors.ts'
import { quoteTable } from '#lib/sql/identifier.ts'
import { applyPolicy } from '#lib/targets/apply-policy.ts'
import { connectToUrl } from '#lib/targets/open-target.ts'
import { getPolicy, getTargetUrl } from '#lib/targets/queries.ts'
import { leastPrivilegeSql } from '#lib/targets/role-sql.ts'
import { setCredential } from '#lib/targets/set-credential.ts'
import { createBackupStage } from '#lib/testing/backup-stage.ts'
import { cleanUp } from '#lib/testing/clean-up.ts'

describe('with the four least-privilege roles', { timeout: 120_000 }, () => {
  it('snapshots, archives and verification work, on tables that hide their rows from others', async () => {
    const stage = await createBackupStage(`
      create schema app;
      create table app.users (id int primary key, name text);
      insert into app.users select n, 'user ' || n from generate_series(1, 40) n;
      alter table app.users enable row level security;
      alter table app.users force row level security`)
    const { sql, name, id, url } = stage.target
    const { document } = await getPolicy(stage.store.db, id)
    unwrap(
      await applyPolicy(stage.store.ctx, {
        name,
        document: { ...document, protectedTables: [{ table: 'app.users' }] },
      }),
    )

    const [place] = await sql<{ database: string }[]>`select current_database() as database`
    const suffix = `_${process.pid}`
    // Roles belong to the whole test server, so they get names of their own.
    const script = leastPrivilegeSql(place!.database, [{ schema: 'app', name: 'users' }])
      .replaceAll(/holdfast_(watch|backup|restore|guard)/g, `holdfast_$1${suffix}`)
      .replaceAll("'…'", "'secret'")
    await sql.unsafe(script)
    const roles = ['watch', 'backup', 'restore', 'guard'] as const
    cleanUp(async () => {
      for (const role of roles)
        await sql.unsafe(
          `drop owned by holdfast_${role}${suffix} cascade; drop role holdfast_${role}${suffix}`,
        )
    })
    for (const role of roles) {
      const roleUrl = url.replace(/\/\/[^@]+@/, `//holdfast_${role}${suffix}:secret@`)
      unwrap(await setCredential(stage.store.ctx, { name, role, url: roleUrl }))
    }
    const snapshot = await stage.take('snapshot')
    expect(snapshot.error).toBeNull()
    expect(snapshot).toMatchObject({ status: 'good', rows: 40 })
    expect((await stage.verify(snapshot.id)).run).toMatchObject({ status: 'succeeded' })

    const archive = await stage.take('archive')
    expect(archive.error).toBeNull()
    expect(archive).toMatchObject({ status: 'good', verification: 'listed', rows: 40 })
    expect(await stage.drill()).toMatchObject({ verdict: 'passed', differences: [] })

    const restore = connectToUrl(await getTargetUrl(stage.store.ctx, id, 'restore'), 'restore', {
      purpose: 'test',
    })
    const { copy } = snapshotTableOf(snapshot, { schema: 'app', name: 'users' })
    expect(await restore.unsafe(`select from ${quoteTable(copy)}`)).toHaveLength(40)
    await restore.end()
  })
})
