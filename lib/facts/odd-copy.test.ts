import postgres from 'postgres'
import { beforeAll, describe, expect, it } from 'vitest'
import { compareFacts } from '#lib/facts/compare-facts.ts'
import { readFacts } from '#lib/facts/read-facts.ts'
import type { Facts } from '#lib/facts/types.ts'
import { cleanUp } from '#lib/testing/clean-up.ts'
import { type Dump, dumpDatabase, restoreDump } from '#lib/testing/copy-database.ts'
import { createOddDatabase } from '#lib/testing/odd-database.ts'
import { oddDefinitionChanges } from '#lib/testing/odd-definition-changes.ts'
import { oddObjectChanges } from '#lib/testing/odd-object-changes.ts'
import { oddRowChanges } from '#lib/testing/odd-row-changes.ts'
import { createTestDatabase } from '#lib/testing/test-db.ts'

const asDrillsRestore = [
  '--exit-on-error',
  '--no-owner',
  '--no-privileges',
  '--no-security-labels',
  '--no-publications',
  '--no-subscriptions',
  '--no-tablespaces',
]

const factsOf = (sql: postgres.Sql): Promise<Facts> =>
  sql.begin('isolation level repeatable read read only', (session) => readFacts(session)) as Promise<Facts>

describe('the odd database', { timeout: 60_000 }, () => {
  let odd: Awaited<ReturnType<typeof createOddDatabase>>
  let before: Facts
  let dump: Dump
  let copy: postgres.Sql

  beforeAll(async () => {
    odd = await createOddDatabase()
    before = await factsOf(odd.sql)
    dump = await dumpDatabase(odd.url, 15)
    const restored = await createTestDatabase()
    copy = restored.sql
    expect(await restoreDump(dump, restored.url, asDrillsRestore)).toEqual({ code: 0, words: '' })
  })

  it('has equal facts in a copy that was restored as drills do', async () => {
    expect(compareFacts(before, await factsOf(copy), { definitions: 'reloaded' })).toEqual([])
  })

  it('lists the roles of a policy by name, which is the same on every server', () => {
    expect(
      before.definitions.filter((line) => line.includes(' to odd "Writer, odd_reader using')),
    ).toHaveLength(1)
  })

  it('still proves a copy against facts of the first format, and finds what those could find', async () => {
    const { format, extensions, largeObjects, globals, unrestored, ...rest } = before
    const first: Facts = {
      ...rest,
      constraints: rest.constraints.map(({ derived, ...constraint }) => constraint),
      definitions: rest.definitions
        .filter((line) =>
          /^(column|row security|index|trigger|policy|view|materialized view|routine|enum|domain) /.test(
            line,
          ),
        )
        // Roles were in the order of their numbers.
        .map((line) => line.replace('odd "Writer, odd_reader', 'odd_reader, odd "Writer')),
    }
    expect(first.definitions.filter((line) => line.includes('odd_reader, odd "Writer'))).toHaveLength(1)
    const after = await factsOf(copy)
    expect(compareFacts(first, after, { definitions: 'reloaded' })).toEqual([])
    const without = {
      ...after,
      definitions: after.definitions.filter((line) => !line.includes('keyless_two')),
    }
    expect(compareFacts(first, without, { definitions: 'reloaded' })).toMatchObject([{ kind: 'definition' }])
  })

  it('may be compared without the extensions that a copy leaves out on purpose', async () => {
    const after = await factsOf(copy)
    const without = { ...after, extensions: after.extensions!.filter(({ name }) => name !== 'pg_trgm') }
    const options = { definitions: 'reloaded' } as const
    expect(compareFacts(before, without, options)).toMatchObject([
      { kind: 'extension', subject: 'extension pg_trgm', found: 'absent' },
    ])
    expect(compareFacts(before, without, { ...options, extensionsLeftOut: ['pg_trgm'] })).toEqual([])
    const updated = {
      ...after,
      extensions: after.extensions!.map((one) => ({ ...one, version: '9.9' })),
    }
    expect(compareFacts(before, updated, options)).toEqual([])
    expect(compareFacts(before, updated).filter(({ kind }) => kind === 'extension')).toHaveLength(6)
  })

  it('has equal owners, privileges, publications and extensions too in a copy that was restored as a whole', async () => {
    const whole = await createTestDatabase()
    expect(await restoreDump(dump, whole.url, ['--exit-on-error'])).toEqual({ code: 0, words: '' })
    const after = await factsOf(whole.sql)
    expect(after.unrestored).toEqual(before.unrestored)
    expect(after.extensions).toEqual(before.extensions)
    expect(compareFacts(before, after, { definitions: 'reloaded' })).toEqual([])
  })

  it('has the same facts under any session settings', async () => {
    const others = postgres(odd.url, {
      max: 1,
      onnotice: () => {},
      connection: {
        TimeZone: 'Asia/Tokyo',
        DateStyle: 'German',
        IntervalStyle: 'postgres_verbose',
        extra_float_digits: -15,
        bytea_output: 'escape',
        search_path: '"Odd Schema", public, odd',
        xmloption: 'document',
        standard_conforming_strings: 'off',
        lc_monetary: 'C',
        quote_all_identifiers: 'on',
        max_parallel_workers_per_gather: 4,
        enable_seqscan: 'off',
        statement_timeout: 1000,
      },
    })
    cleanUp(() => others.end())
    const theirs = await factsOf(others)
    expect({ ...theirs, takenAt: before.takenAt }).toEqual(before)
  })

  it('says what no facts cover', () => {
    expect(before.notCovered.map(({ name }) => name)).toEqual([
      '"Odd Schema"."not filled"',
      'odd.broken',
      'odd.far_away',
      'odd.owned_by_extension',
      'odd.summary',
    ])
  })

  it('holds no password and no text of the settings that applications keep secrets in', async () => {
    await odd.sql.unsafe(
      `do $$begin execute format('alter database %I set odd.secret = %L', current_database(), 'planted-canary'); end$$`,
    )
    const facts = await factsOf(odd.sql)
    expect(facts.globals?.settings).toContainEqual({ role: null, setting: 'odd.secret' })
    expect(facts.globals?.settings).toContainEqual({ role: 'odd_reader', setting: 'work_mem=8MB' })
    expect(facts.globals?.roles.map(({ name }) => name)).toContain('odd "Writer')
    expect(JSON.stringify(facts)).not.toContain('planted-canary')
  })

  describe('a copy with one change is no proven copy:', () => {
    it.each([...oddRowChanges, ...oddDefinitionChanges, ...oddObjectChanges])(
      '%s',
      async (_, change, named) => {
        let after: Facts | undefined
        await copy
          .begin('isolation level repeatable read', async (session) => {
            await session.unsafe(change)
            after = await readFacts(session)
            throw new Error('undo')
          })
          .catch((error: Error) => {
            if (error.message !== 'undo') throw error
          })
        const differences = compareFacts(before, after!, { definitions: 'reloaded' })
        const found = differences.map(({ kind, subject }) => `${kind} ${subject}`)
        expect(found.length).toBeGreaterThan(0)
        for (const line of found) expect(line).toMatch(named)
      },
    )

    it('a sequence that lags or was never asked', async () => {
      await copy`select setval('odd.shared', 999, true), setval('odd.tickets', 1000, false)`
      const differences = compareFacts(before, await factsOf(copy), { definitions: 'reloaded' })
      await copy`select setval('odd.shared', 1000, false), setval('odd.tickets', 995, true)`
      // 999 used gives 1000 next, as 1000 unused does: the same.
      expect(differences).toEqual([
        { subject: 'odd.tickets', kind: 'sequence', expected: '995', found: '1000 (not used yet)' },
      ])
    })
  })

  it('names a lost privilege, owner or publication where nothing was reloaded', async () => {
    const changes: [string, RegExp][] = [
      [`revoke select on odd.people from odd_reader`, /access table odd.people/],
      [`revoke select (id) on odd.teams from "odd ""Writer"`, /access table column odd.teams.id/],
      [`alter table odd.teams owner to current_user`, /access table odd.teams|access table column odd.teams/],
      [`drop publication odd_publication`, /publication odd_publication/],
      [`alter default privileges in schema odd revoke select on tables from odd_reader`, /default access/],
      [`grant usage on type odd.mood to public`, /access type odd.mood/],
      [`drop user mapping for odd_reader server "odd ;-- server"`, /user mapping of odd_reader/],
      [`alter server "odd ;-- server" options (set host 'elsewhere')`, /options of server/],
      [`grant select on large object 70002 to odd_reader`, /access to \d large objects/],
    ]
    const unchanged = await factsOf(odd.sql)
    for (const [change, named] of changes) {
      let after: Facts | undefined
      await odd.sql
        .begin('isolation level repeatable read', async (session) => {
          await session.unsafe(change)
          after = await readFacts(session)
          throw new Error('undo')
        })
        .catch(() => {})
      const found = compareFacts(unchanged, after!)
      expect(found.length, change).toBeGreaterThan(0)
      for (const { subject } of found) expect(subject).toMatch(named)
      expect(compareFacts(unchanged, after!, { definitions: 'reloaded' })).toEqual([])
    }
  })
})
