import postgres from 'postgres'
import { afterAll, describe, expect, inject, it } from 'vitest'

// Without the mend of scripts/patch-postgres.mjs these end the process, or never end.
describe('a lost connection', () => {
  const name = 'connection-loss-test'
  const pool = postgres(inject('serverUrl'), {
    max: 2,
    onnotice: () => {},
    connection: { application_name: name },
  })
  const other = postgres(inject('serverUrl'), { max: 1, onnotice: () => {} })
  afterAll(async () => {
    await pool.end({ timeout: 1 })
    await other.end({ timeout: 1 })
  })
  const kill = (pid: number) => other`select pg_terminate_backend(${pid})`
  const pidOf = async (sql: postgres.Sql | postgres.TransactionSql) =>
    (await sql<{ pid: number }[]>`select pg_backend_pid() as pid`)[0]!.pid
  const gone = (pid: number) =>
    expect.poll(async () => (await other`select from pg_stat_activity where pid = ${pid}`).length).toBe(0)
  const poolWorks = async () => {
    const answers = await Promise.all(
      Array.from({ length: 8 }, (_, index) => pool<{ n: number }[]>`select ${index}::int as n`),
    )
    expect(answers.map(([row]) => row!.n)).toEqual([0, 1, 2, 3, 4, 5, 6, 7])
  }

  it('fails the transaction that waits between two statements, and nothing else', async () => {
    for (let round = 0; round < 3; round++) {
      const lost = pool.begin(async (sql) => {
        const pid = await pidOf(sql)
        await kill(pid)
        await gone(pid)
        await new Promise((resolve) => setTimeout(resolve, 20))
        await sql`select 1`
      })
      await expect(lost).rejects.toMatchObject({
        code: expect.stringMatching(/CONNECTION|57P01|EPIPE|ECONN/),
      })
      await poolWorks()
    }
  })

  it('fails the transaction whose statement runs, and nothing else', async () => {
    for (let round = 0; round < 3; round++) {
      const lost = pool.begin(async (sql) => {
        const pid = await pidOf(sql)
        setTimeout(() => kill(pid).execute(), 30)
        await sql`select pg_sleep(20)`
      })
      await expect(lost).rejects.toMatchObject({
        code: expect.stringMatching(/CONNECTION|57P01|EPIPE|ECONN/),
      })
      await poolWorks()
    }
  })

  it('fails every later statement of a reserved session, and gives the slot back once', async () => {
    for (let round = 0; round < 3; round++) {
      const session = await pool.reserve()
      const pid = await pidOf(session)
      await kill(pid)
      await gone(pid)
      await new Promise((resolve) => setTimeout(resolve, 20))
      await expect(session`select 1`).rejects.toMatchObject({
        code: expect.stringMatching(/CONNECTION|57P01/),
      })
      await expect(session`select 1`).rejects.toMatchObject({ code: expect.stringMatching(/CONNECTION/) })
      session.release()
      await poolWorks()
    }
  })
})
