import { randomBytes } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import postgres from 'postgres'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { addUser } from '#lib/auth/add-user.ts'
import { unwrap } from '#lib/errors.ts'
import { createPermitStage, type PermitStage } from '#lib/testing/permit-stage.ts'
import { startProgram } from '#lib/testing/program.ts'

const role = `permit_cli_${randomBytes(3).toString('hex')}`

describe('holdfast permits, guards remove and policy apply', { timeout: 240_000 }, () => {
  let stage: PermitStage
  let server: postgres.Sql
  beforeAll(async () => {
    server = postgres(inject('serverUrl'), { max: 1, onnotice: () => {} })
    await server.unsafe(`create role ${role} login password '${role}'`)
    stage = await createPermitStage(
      `create table public.visit (id int primary key);
       insert into public.visit select generate_series(1, 100);
       grant select, delete on public.visit to ${role}`,
      {
        budget: { statementRows: 5, transactionRows: 10, windowRows: 100 },
        protectedTables: [{ table: 'public.visit' }],
      },
    )
    await stage.install()
  })
  afterAll(async () => {
    await stage.sql.unsafe(`drop owned by ${role}`)
    await server.unsafe(`drop role ${role}`)
    await server.end()
  })

  const holdfast = async (...args: string[]) => {
    const program = startProgram('cli/main.ts', ['--json', ...args], { DATABASE_URL: stage.store.url })
    const exit = await program.ended
    const text = program.output()
    return { exit, json: JSON.parse(text.slice(text.indexOf('\n{') + 1 || text.indexOf('{'))) }
  }

  it('asks for a permit, lists it, and shows its statement once it is open', async () => {
    const asked = await holdfast(
      ...['permits', 'request', stage.name, '--table', 'visit', '--max-rows', '50', '--minutes', '5'],
      ...['--role', role, '--where', 'id > 40', '--reason', 'old visits have to go'],
    )
    expect(asked).toMatchObject({ exit: 0, json: { status: 'awaiting-approval', needsApproval: true } })
    const { operation: id } = asked.json as { operation: string }
    const planned = await holdfast('operations', 'show', id)
    await stage.run(planned.json)
    const { json } = await holdfast('permits', 'list', stage.name)
    expect(json).toMatchObject({
      target: stage.name,
      permits: [
        { id, state: 'open', table: 'public.visit', maxRows: 50, predicate: 'id > 40', usedRows: null },
      ],
    })
    const { statement } = json.permits[0]
    expect(statement).toMatch(/^select holdfast\.use_permit\('[\w-]{43}'\)$/)
    const session = stage.session(role)
    await session.begin(async (sql) => {
      await sql.unsafe(statement)
      await sql`delete from public.visit where id > 60`
    })
    await session.end()
    const after = await holdfast('permits', 'list', stage.name)
    expect(after.json.permits).toMatchObject([{ id, state: 'used', usedRows: 40, statement: null }])
    expect(await holdfast('permits', 'withdraw', id)).toMatchObject({
      exit: 3,
      json: { error: { code: 'permit-ended' } },
    })
  })

  it('says once who approves what was asked for', async () => {
    const program = startProgram(
      'cli/main.ts',
      [
        ...['permits', 'request', stage.name, '--table', 'visit', '--max-rows', '7', '--minutes', '5'],
        ...['--role', role, '--reason', 'a look at the words'],
      ],
      { DATABASE_URL: stage.store.url },
    )
    expect(await program.ended).toBe(0)
    expect(program.output().match(/operations approve/g)).toHaveLength(1)
    expect(program.output()).toContain(`holdfast permits list ${stage.name}`)
    const { json } = await holdfast('permits', 'list', stage.name)
    await holdfast('operations', 'cancel', json.permits[0].id)
  })

  it('tells wrong usage, a bad predicate and a target that is not there by their exit codes', async () => {
    const base = [
      'permits',
      'request',
      stage.name,
      '--table',
      'visit',
      '--minutes',
      '5',
      '--reason',
      'old rows',
    ]
    expect(await holdfast(...base)).toMatchObject({ exit: 2, json: { error: { code: 'usage' } } })
    const bad = await holdfast(...base, '--max-rows', '5', '--where', 'id < random()')
    expect(bad).toMatchObject({ exit: 2, json: { error: { code: 'permit-expression' } } })
    expect(await holdfast('permits', 'list', 'nowhere')).toMatchObject({ exit: 4 })
    expect(await holdfast('permits', 'withdraw', '00000000-0000-4000-8000-000000000000')).toMatchObject({
      exit: 4,
    })
  })

  it('files a removal and a weaker policy instead of doing them, and exits with 3', async () => {
    unwrap(await addUser(stage.store.ctx, { email: 'ada@example.com', role: 'admin' }))
    const removal = await holdfast('guards', 'remove', stage.name)
    expect(removal).toMatchObject({ exit: 3, json: { status: 'awaiting-approval', needsApproval: true } })
    expect(removal.json.hint).toContain(`holdfast operations approve ${removal.json.operation} --as EMAIL`)
    const file = join(tmpdir(), `${stage.name}.json`)
    const { json: policy } = await holdfast('policy', 'show', stage.name)
    writeFileSync(file, JSON.stringify({ ...policy, protectedTables: [] }))
    const weaker = await holdfast('policy', 'apply', stage.name, file)
    expect(weaker).toMatchObject({ exit: 3, json: { warnings: ['public.visit is not protected any more.'] } })
    writeFileSync(file, JSON.stringify({ ...policy, budget: { ...policy.budget, statementRows: 1 } }))
    expect(await holdfast('policy', 'apply', stage.name, file)).toMatchObject({ exit: 0 })
  })
})
