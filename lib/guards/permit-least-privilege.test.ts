import { randomBytes } from 'node:crypto'
import postgres from 'postgres'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { unwrap } from '#lib/errors.ts'
import { requestPermitWithdrawal } from '#lib/guards/request-permit-withdrawal.ts'
import { watchPermits } from '#lib/guards/watch-permits.ts'
import { leastPrivilegeSql } from '#lib/targets/role-sql.ts'
import { setCredential } from '#lib/targets/set-credential.ts'
import { refusalOf } from '#lib/testing/guarded-target.ts'
import { createPermitStage, type PermitStage } from '#lib/testing/permit-stage.ts'

const mark = randomBytes(3).toString('hex')
const owner = `permit_owner_${mark}`
const purge = `permit_night_${mark}`
const roles = ['watch', 'backup', 'restore', 'guard'] as const
const roleName = (role: string): string => `permit_${role}_${mark}`

describe('permits and allowances where no role is a superuser', () => {
  let stage: PermitStage
  let server: postgres.Sql
  let night: postgres.Sql
  beforeAll(async () => {
    server = postgres(inject('serverUrl'), { max: 1, onnotice: () => {} })
    for (const role of [owner, purge]) await server.unsafe(`create role ${role} login password '${role}'`)
    stage = await createPermitStage(
      `do $$ begin execute format('grant create on database %I to ${owner}', current_database()); end $$;
       set role ${owner};
       create schema app;
       create table app.log (id int primary key, at date not null default '2026-01-01');
       insert into app.log select generate_series(1, 1000);
       grant usage on schema app to ${purge};
       grant select, delete on app.log to ${purge};
       reset role`,
      {
        budget: { statementRows: 5, transactionRows: 10, windowRows: 1_000, windowMinutes: 60 },
        protectedTables: [
          {
            table: 'app.log',
            roles: { [purge]: { statementRows: 200, transactionRows: 200, windowRows: 300 } },
          },
        ],
      },
      { user: owner, password: owner },
    )
    const database = new URL(stage.url).pathname.slice(1)
    await stage.sql.unsafe(
      leastPrivilegeSql(database, [{ schema: 'app', name: 'log' }])
        .replaceAll(/holdfast_(watch|backup|restore|guard)/g, `permit_$1_${mark}`)
        .replaceAll("'…'", "'secret'"),
    )
    for (const role of roles) {
      const url = new URL(stage.url)
      url.username = roleName(role)
      url.password = 'secret'
      unwrap(await setCredential(stage.store.ctx, { name: stage.name, role, url: url.toString() }))
    }
    expect(await stage.install()).toMatchObject({ installed: true })
    night = stage.session(purge)
  })
  afterAll(async () => {
    await night.end()
    const all = [...roles.map(roleName), owner, purge]
    for (const role of all) await stage.sql.unsafe(`drop owned by ${role} cascade`)
    for (const role of all) await server.unsafe(`drop role ${role}`)
    await server.end()
  })

  const remove = (from: number, to: number) => `delete from app.log where id between ${from} and ${to}`

  it('a nightly purge goes beyond the table’s budget within its own, and not beyond that', async () => {
    await night.unsafe(remove(1, 150))
    expect(await refusalOf(night.unsafe(remove(151, 360)))).toMatchObject({ code: 'HF001' })
    await night.unsafe(remove(151, 290))
    const window = await refusalOf(night.unsafe(remove(291, 310)))
    expect(window).toMatchObject({ code: 'HF001' })
    expect(window.message).toContain(purge)
    const everybody = stage.session(owner)
    expect(await refusalOf(everybody.unsafe(remove(291, 300)))).toMatchObject({ code: 'HF001' })
    await everybody.end()
  })

  it('a permit is made by the restore role, used by its role beyond the allowance, and read back', async () => {
    const { id, statement } = await stage.permit({ table: 'app.log', role: purge, maxRows: 400 })
    await night.begin(async (sql) => {
      await sql.unsafe(statement)
      await sql.unsafe(remove(401, 800))
    })
    expect(await watchPermits(stage.store.ctx, stage.targetId)).toEqual({ news: true })
    const [row] = await stage.sql`select used_rows from holdfast.permits where id = ${id}`
    expect(row).toEqual({ used_rows: '400' })
    expect(await refusalOf(night.unsafe(statement))).toMatchObject({ code: '42501' })
  })

  it('a permit is withdrawn, and the guards are still whole afterwards', async () => {
    const { id, statement } = await stage.permit({ table: 'app.log', role: purge })
    const { jobRunId } = unwrap(await requestPermitWithdrawal(stage.store.ctx, { permitId: id }))
    expect(await stage.work(jobRunId)).toMatchObject({ status: 'succeeded' })
    expect(await refusalOf(night.unsafe(statement))).toMatchObject({ code: '42501' })
    expect(await stage.verify()).toMatchObject({ installed: true })
  })

  it('nobody makes a permit but the restore role', async () => {
    const call = `select holdfast.grant_permit(gen_random_uuid(), 'app.log', 'delete', '${purge}', 9, 9, null, sha256('x'))`
    expect(await refusalOf(night.unsafe(call))).toMatchObject({ code: '42501' })
    const app = stage.session(owner)
    expect(await refusalOf(app.unsafe(call))).toMatchObject({ code: '42501' })
    await app.end()
  })
})
