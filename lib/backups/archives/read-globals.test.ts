import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { readGlobals } from '#lib/backups/archives/read-globals.ts'
import { requireTools } from '#lib/servers/find-tools.ts'
import { quoteIdentifier } from '#lib/sql/identifier.ts'
import { connectToUrl } from '#lib/targets/open-target.ts'
import { createTestDatabase } from '#lib/testing/test-db.ts'

const place = mkdtempSync(join(tmpdir(), 'holdfast-globals-'))
afterAll(() => rmSync(place, { recursive: true, force: true }))
const { signal } = new AbortController()

describe('the globals of a cluster', { timeout: 60_000 }, () => {
  const prefix = `globals_${process.pid}`
  const group = `${prefix}_group`
  const odd = `${prefix} "odd" 名`

  it('are roles, memberships and settings without passwords, from pg_dumpall and alike from the catalog', async () => {
    const { sql, url, database } = await createTestDatabase()
    const session = connectToUrl(url, 'backup', { purpose: 'test' })
    await sql.unsafe(`create role ${group} nologin createdb;
      create role ${quoteIdentifier(odd)} login password 'canary-secret' connection limit 3 valid until '2040-01-01' in role ${group};
      alter role ${quoteIdentifier(odd)} in database ${database} set search_path to app, "$user", public;
      alter role ${quoteIdentifier(odd)} set work_mem to '64MB'`)
    try {
      const dumped = await readGlobals(session, { pgDumpall: requireTools().pgDumpall, url, signal })
      const found = await readGlobals(session, { pgDumpall: '/nonexistent/pg_dumpall', url, signal })
      expect([dumped.source, found.source]).toEqual(['pg_dumpall', 'catalog'])
      expect(dumped.roles).toBe(found.roles)
      for (const { sql: text } of [dumped, found]) {
        expect(text).not.toContain('canary-secret')
        expect(text).not.toMatch(/scram-sha-256/i)
        const lower = text.toLowerCase()
        expect(lower).toContain(`create role ${group};`)
        expect(lower).toContain(`create role ${quoteIdentifier(odd).toLowerCase()};`)
        expect(lower).toMatch(new RegExp(`grant ${group} to "globals`))
        expect(lower).toMatch(/connection limit 3 valid until '2040-01-01/)
        expect(lower).toMatch(/set "?work_mem"? to '64mb'/)
      }
      // pg_dumpall leaves a role's settings in one database to that database's own dump.
      expect(found.sql).toMatch(/set search_path to app, "\$user", public;/)
      expect(found.missing.join()).toMatch(/passwords.*tablespaces/)
      // What the catalog gave can be run: into a cluster where the roles are not there any more.
      await sql.unsafe(
        `drop owned by ${quoteIdentifier(odd)}; drop role ${quoteIdentifier(odd)}; drop role ${group}`,
      )
      const own = found.sql.split('\n').filter((line) => line.includes(prefix))
      await sql.unsafe(own.join('\n'))
      const again = await readGlobals(session, { pgDumpall: '/nonexistent/pg_dumpall', url, signal })
      expect(again.sql).toBe(found.sql)
    } finally {
      await session.end()
      await sql.unsafe(
        `drop owned by ${quoteIdentifier(odd)}; drop role ${quoteIdentifier(odd)}; drop role ${group}`,
      )
    }
  })

  it('are asked for without the password on the command line, and of the very database, whatever its name', async () => {
    const { url, sql } = await createTestDatabase()
    const session = connectToUrl(url, 'backup', { purpose: 'test' })
    const seen = join(place, 'seen')
    const pgDumpall = join(place, 'pg_dumpall')
    writeFileSync(
      pgDumpall,
      `#!/bin/sh\nprintf '%s\\n' "$@" > ${seen}; echo "password=$PGPASSWORD" >> ${seen}; echo 'CREATE ROLE x;'\n`,
    )
    chmodSync(pgDumpall, 0o755)
    const strange = new URL(url)
    strange.password = 'canary-secret'
    strange.pathname = `/${encodeURIComponent("dbname=x host=evil '\\")}`
    expect(await readGlobals(session, { pgDumpall, url: strange.toString(), signal })).toMatchObject({
      source: 'pg_dumpall',
      roles: 1,
    })
    const [args, environment] = readFileSync(seen, 'utf8').split('password=')
    expect(environment).toBe('canary-secret\n')
    expect(args).not.toContain('canary')
    expect(args).toContain('--no-role-passwords')
    expect(args).toContain(String.raw`--database=dbname='dbname=x host=evil \'\\'`)
    await session.end()
    await sql`select 1`
  })

  it('come from the real pg_dumpall also for a database with an odd name', async () => {
    const { sql, url } = await createTestDatabase()
    const name = `odd ${process.pid} = 'x' host=evil`
    await sql.unsafe(`create database ${quoteIdentifier(name)}`)
    const strange = new URL(url)
    strange.pathname = `/${encodeURIComponent(name)}`
    const session = connectToUrl(url, 'backup', { purpose: 'test' })
    try {
      const { pgDumpall } = requireTools()
      expect(await readGlobals(session, { pgDumpall, url: strange.toString(), signal })).toMatchObject({
        source: 'pg_dumpall',
      })
    } finally {
      await session.end()
      await sql.unsafe(`drop database ${quoteIdentifier(name)}`)
    }
  })
})
