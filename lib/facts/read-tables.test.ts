import { readFileSync } from 'node:fs'
import postgres from 'postgres'
import { beforeAll, describe, expect, it } from 'vitest'
import { pinOutput, readFacts } from '#lib/facts/read-facts.ts'
import { readTables } from '#lib/facts/read-tables.ts'
import type { Facts } from '#lib/facts/types.ts'
import { listTables } from '#lib/targets/introspect.ts'
import { cleanUp } from '#lib/testing/clean-up.ts'
import { createTestDatabase } from '#lib/testing/test-db.ts'

const script = `
  create table public.large (id int primary key, note text);
  insert into public.large select n, repeat(md5(n::text), 10) from generate_series(1, 20000) n;
  -- Dead and moved rows, and pages that are empty again.
  update public.large set note = note || '!' where id % 7 = 0;
  delete from public.large where id between 5000 and 9000;
  create table public.small (id int, "quote "" ;--" text);
  insert into public.small values (1, null), (2, '');
  create table public.empty ();
  create table public.split (id int, v text) partition by hash (id);
  create table public.split_0 partition of public.split for values with (modulus 2, remainder 0);
  create table public.split_1 partition of public.split for values with (modulus 2, remainder 1);
  insert into public.split select n, repeat('x', 500) from generate_series(1, 4000) n;
`
const repeatable = 'isolation level repeatable read read only'

describe('readTables', () => {
  let sql: postgres.Sql
  let url: string

  beforeAll(async () => {
    const database = await createTestDatabase(script)
    sql = database.sql
    url = database.url
  })

  const read = (options: Parameters<typeof readFacts>[1] = {}): Promise<Facts> =>
    sql.begin(repeatable, (session) => readFacts(session, options)) as Promise<Facts>

  /** Runs `work` with a session and helpers that read its snapshot. */
  const withHelpers = <T>(
    count: number,
    work: (session: postgres.TransactionSql, helpers: postgres.TransactionSql[]) => Promise<T>,
  ): Promise<T> =>
    sql.begin(repeatable, async (session) => {
      const [exported] = await session<{ id: string }[]>`select pg_export_snapshot() as id`
      const join = (helpers: postgres.TransactionSql[]): Promise<T> => {
        if (helpers.length === count) return work(session, helpers)
        return sql.begin(repeatable, async (helper) => {
          await helper.unsafe(`set transaction snapshot '${exported!.id}'`)
          return join([...helpers, helper])
        }) as Promise<T>
      }
      return join([])
    }) as Promise<T>

  it('finds the same in pieces, and on several sessions, as in one go', async () => {
    const whole = await read()
    const inPieces = await read({ pieceBytes: 200_000 })
    expect(inPieces.tables).toEqual(whole.tables)
    const shared = await withHelpers(2, async (session, helpers) => {
      await sql`insert into public.small values (3, 'after the snapshot')`
      const facts = await readFacts(session, { helpers, pieceBytes: 500_000 })
      await sql`delete from public.small where id = 3`
      return facts
    })
    expect(shared.tables).toEqual(whole.tables)
    expect(whole.tables.map(({ name, rows }) => [name, rows])).toEqual([
      ['empty', 0],
      ['large', 15_999],
      ['small', 2],
      ['split_0', expect.any(Number)],
      ['split_1', expect.any(Number)],
    ])
  })

  it('shares the work between the sessions', async () => {
    const read = await withHelpers(1, async (session, helpers) => {
      const pids = new Set<number>()
      const watched = [session, ...helpers].map(
        (one) =>
          new Proxy(one, {
            get(target, key) {
              if (key !== 'unsafe') return Reflect.get(target, key)
              return (text: string, ...rest: never[]) => {
                if (text.includes('hashtextextended')) pids.add(watchedPids.get(target)!)
                return target.unsafe(text, ...rest)
              }
            },
          }) as postgres.TransactionSql,
      )
      const watchedPids = new Map<unknown, number>()
      for (const one of [session, ...helpers]) {
        const [row] = await one<{ pid: number }[]>`select pg_backend_pid() as pid`
        watchedPids.set(one, row!.pid)
      }
      await readFacts(watched[0]!, { helpers: watched.slice(1), pieceBytes: 300_000 })
      return pids.size
    })
    expect(read).toBe(2)
  })

  it('refuses sessions that do not see the same moment', async () => {
    const other = await sql.begin(repeatable, (session) =>
      sql.begin(repeatable, async (helper) => {
        await helper`select 1`
        await sql`insert into public.small values (4, 'between')`
        await sql`delete from public.small where id = 4`
        await expect(readFacts(session, { helpers: [helper] })).rejects.toMatchObject({
          code: 'facts-no-snapshot',
        })
        return true
      }),
    )
    expect(other).toBe(true)
  })

  it('tells how far it is by tables and by bytes, also inside of a large table', async () => {
    const seen: [number, number, number, number][] = []
    await read({ pieceBytes: 500_000, onProgress: (...progress) => seen.push(progress) })
    expect(seen.length).toBeGreaterThan(15)
    const last = seen.at(-1)!
    expect(last[0]).toBe(5)
    expect(last[2]).toBe(last[3])
    for (const [i, [done, , bytes]] of seen.entries()) {
      expect(done).toBeGreaterThanOrEqual(seen[i - 1]?.[0] ?? 0)
      expect(bytes).toBeGreaterThanOrEqual(seen[i - 1]?.[2] ?? 0)
    }
    const insideLarge = seen.filter(([done]) => done === 1)
    expect(insideLarge.length).toBeGreaterThan(10)
  })

  it('waits for a lock no longer than told, and names the table; one failure stops all sessions', async () => {
    const tables = (await listTables(sql)).filter(({ name }) => /^(small|large)$/.test(name))
    const locker = await sql.reserve()
    await locker.unsafe('begin; lock table public.small in access exclusive mode')
    // The driver fails a transaction in which a statement failed, also when that was expected.
    const expectedToFail = (error: { code?: string }) => {
      if (error.code !== '55P03') throw error
    }
    const refused = { code: '55P03', message: expect.stringContaining('public.small') }
    try {
      await withHelpers(1, async (session, helpers) => {
        for (const one of [session, ...helpers]) await one`set local lock_timeout = '200ms'`
        await expect(readFacts(session, { helpers })).rejects.toMatchObject(refused)
      }).catch(expectedToFail)
      await sql
        .begin(repeatable, async (session) => {
          await session`set local lock_timeout = '200ms'`
          await expect(readTables(session, tables)).rejects.toMatchObject(refused)
        })
        .catch(expectedToFail)
      expect.assertions(2)
    } finally {
      await locker.unsafe('rollback')
      locker.release()
    }
  })

  it('gives long reads all the time they need, and locks ten seconds', async () => {
    const hasty = postgres(url, {
      max: 1,
      onnotice: () => {},
      connection: { statement_timeout: 1_000, lock_timeout: 0 },
    })
    cleanUp(() => hasty.end())
    const limits = () =>
      hasty.begin(repeatable, async (session) => {
        await pinOutput(session)
        const [row] = await session`
          select current_setting('statement_timeout') as statement, current_setting('lock_timeout') as lock`
        return row
      })
    expect(await limits()).toEqual({ statement: '0', lock: '10s' })
    await hasty`set lock_timeout = '3s'`
    expect(await limits()).toEqual({ statement: '0', lock: '3s' })
  })

  const anonymousBytes = (pid: number): number =>
    Number(/^RssAnon:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))![1]) * 1024

  // What a process takes is read from /proc; elsewhere this is not among the tests.
  const itWithProc = process.platform === 'linux' ? it : () => {}
  itWithProc('needs no more memory for much content, here or in the server', async () => {
    const table = await createTestDatabase(`
        create table public.much (id int, note text);
        alter table public.much alter note set storage plain;
        insert into public.much select n, repeat(md5(n::text), 60) from generate_series(1, 50000) n;
        select lo_from_bytea(n, decode(repeat(md5(n::text), 30000), 'hex')) from generate_series(1, 60) n;`)
    await table.sql.begin(repeatable, async (session) => {
      const [{ pid }] = (await session`select pg_backend_pid() as pid`) as unknown as [{ pid: number }]
      await readFacts(session, { tables: [] })
      globalThis.gc?.()
      const before = { server: anonymousBytes(pid), here: process.memoryUsage().rss }
      const most = { ...before }
      const watch = setInterval(() => {
        most.server = Math.max(most.server, anonymousBytes(pid))
        most.here = Math.max(most.here, process.memoryUsage().rss)
      }, 5)
      let rowsSent = 0
      const counted = new Proxy(session, {
        get(target, key) {
          if (key !== 'unsafe') return Reflect.get(target, key)
          return (text: string, parameters?: never[]) => {
            const query = target.unsafe(text, parameters)
            query.then(
              (rows) => (rowsSent += rows.length),
              () => {},
            )
            return query
          }
        },
      })
      const facts = await readFacts(counted)
      clearInterval(watch)
      expect(rowsSent).toBeLessThan(1_000)
      expect(facts.tables).toMatchObject([{ rows: 50_000 }])
      expect(facts.largeObjects).toMatchObject({ count: 60, bytes: 60 * 480_000 })
      // A hundred megabytes of rows and thirty of large objects were read.
      expect(most.server - before.server).toBeLessThan(16 * 2 ** 20)
      expect(most.here - before.here).toBeLessThan(32 * 2 ** 20)
    })
  })
})
