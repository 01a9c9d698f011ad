import { randomBytes } from 'node:crypto'
import postgres from 'postgres'
import { describe, expect, it } from 'vitest'
import { carrySettings, makeDatabase } from '#lib/restores/database/make-database.ts'
import { getDatabase } from '#lib/restores/database/read-database-place.ts'
import { renameDatabases } from '#lib/restores/database/rename-databases.ts'
import { urlOfDatabase } from '#lib/targets/open-maintenance.ts'
import { connectToUrl } from '#lib/targets/open-target.ts'
import { postgresqlMajors, startMajorServer } from '#lib/testing/major-servers.ts'

/** How a database was made, as far as this major keeps it, without what is its own. */
const described = `select to_jsonb(d) - array['oid', 'datname', 'datfrozenxid', 'datminmxid', 'dathasloginevt'] as said
  from pg_database d where datname = $1`

describe('a database made like another one', { timeout: 120_000 }, () => {
  it.each(postgresqlMajors)(
    'sorts, belongs and is set like it on PostgreSQL %i, and takes its name',
    async (major) => {
      const url = await startMajorServer(major)
      const [server, beside] = [0, 1].map(() => postgres(url, { max: 1, onnotice: () => {} })) as [
        postgres.Sql,
        postgres.Sql,
      ]
      const mark = randomBytes(3).toString('hex')
      const [live, made, kept] = [`shop "é" ${mark}`, `made '${mark}`, `kept ${mark}`]
      const quoted = (name: string) => `"${name.replaceAll('"', '""')}"`
      const role = `owner_${mark}`
      await server.unsafe(`create role ${role}`)
      const provider =
        major >= 17
          ? `locale_provider builtin builtin_locale 'C.UTF-8'`
          : major >= 15
            ? `locale_provider icu icu_locale 'und'`
            : ''
      await server.unsafe(
        `create database ${quoted(live)} template template0 owner ${role} encoding 'UTF8' lc_collate 'C' lc_ctype 'C' ${provider}`,
      )
      await server.unsafe(`alter database ${quoted(live)} connection limit 33;
      alter database ${quoted(live)} set search_path to "$user", public;
      alter database ${quoted(live)} set app.name to 'it''s';
      alter role ${role} in database ${quoted(live)} set work_mem to '5MB';
      revoke all on database ${quoted(live)} from public; grant connect on database ${quoted(live)} to pg_monitor;
      comment on database ${quoted(live)} is 'the shop'`)

      await makeDatabase(server, live, made, crypto.randomUUID())
      const { notCarried } = await carrySettings(server, live, made)
      expect(notCarried).toEqual([])
      const [like] = await server.unsafe(described, [live])
      const [own] = await server.unsafe(described, [made])
      expect(own).toEqual(like)
      const settings = (name: string) => server`
      select setrole::text, unnest(setconfig) as line from pg_db_role_setting s join pg_database d on d.oid = s.setdatabase
      where datname = ${name} order by 1, 2`
      expect([...(await settings(made))]).toEqual([...(await settings(live))])
      await expect(makeDatabase(server, live, made, crypto.randomUUID())).rejects.toMatchObject({
        code: 'database-exists',
      })

      const inside = connectToUrl(urlOfDatabase(url, live), 'owner', { purpose: 'test' })
      await inside`select 1`
      const [leaving, coming] = [await getDatabase(server, live), await getDatabase(server, made)]
      await renameDatabases(server, beside, { leaving, coming, keptAs: kept, remark: 'kept' }, async () => {})
      expect(await getDatabase(server, live)).toMatchObject({ oid: coming.oid, comment: 'the shop' })
      expect(await getDatabase(server, kept)).toMatchObject({ oid: leaving.oid, comment: 'kept' })

      await inside.end({ timeout: 1 })
      for (const name of [live, kept]) await server.unsafe(`drop database ${quoted(name)} with (force)`)
      await server.unsafe(`drop role ${role}`)
      await server.end()
      await beside.end()
    },
  )
})
