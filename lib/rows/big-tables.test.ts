import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { connectToUrl } from '#lib/targets/open-target.ts'
import { comparisonOf, createRowsStage } from '#lib/testing/rows-stage.ts'

const rows = 24_000

/** Tables that are big enough for checksums of buckets; `k` makes a key of a number. */
const kinds: Record<string, { make: string; key: string; of: string }> = {
  ranges: { make: 'id int primary key', key: 'id', of: 'n - 12000' },
  gaps: { make: 'id bigint primary key', key: 'id', of: '(n - 12000)::bigint * 750000000000000' },
  uuids: { make: 'id uuid primary key', key: 'id', of: 'md5(n::text)::uuid' },
  words: { make: 'id text collate public.nocase primary key', key: 'id', of: `'Key ''' || n` },
  pairs: {
    make: 'id int, "b ""c" text, primary key (id, "b ""c")',
    key: 'id, "b ""c"',
    of: `n % 100, 'x' || n`,
  },
  keyless: { make: 'id int', key: 'id', of: 'n / 3' },
}

const script = `create collation public.nocase (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
  ${Object.entries(kinds)
    .map(
      ([
        name,
        { make, key, of },
      ]) => `create table public.${name} (${make}, label text, n int, twice int generated always as (n * 2) stored);
      insert into public.${name} (${key}, label, n) select ${of}, 'label ' || n / 7, n / 3 from generate_series(1, ${rows}) n;`,
    )
    .join('\n')}
  create table public.parts (id int primary key, label text, n int) partition by range (id);
  create table public.parts_low partition of public.parts for values from (minvalue) to (9000);
  create table public.parts_high partition of public.parts default;
  insert into public.parts select n, 'label', n from generate_series(1, ${rows}) n`

const names = [...Object.keys(kinds), 'parts']

describe('tables of many rows', () => {
  let stage: Awaited<ReturnType<typeof createRowsStage>>
  let other: Awaited<ReturnType<typeof createRowsStage>>

  beforeAll(async () => {
    stage = await createRowsStage(script)
    other = await createRowsStage(script)
    await stage.keep()
  })
  afterAll(async () => {
    await stage.end()
    await other.end()
  })

  test('that are equal differ nowhere', async () => {
    const { plan } = await stage.run('all')
    for (const { missing, changed, extra } of plan.tables)
      expect([missing.rows, changed.rows, extra.rows]).toEqual([0, 0, 0])
  }, 60_000)

  test.each(['in the same database', 'in another one'])(
    'are equal again after a few rows were lost, changed or made: the source is %s',
    async (where) => {
      for (const name of names)
        await stage.sql.unsafe(`delete from public.${name} where n in (40, 7777, 7990);
          update public.${name} set label = 'other' where n in (1, 5000)`)
      await stage.sql.unsafe(`insert into public.ranges (id, label, n) values (-2000000000, 'new', 1), (2000000000, 'new', 1);
        insert into public.gaps (id, label, n) values (9200000000000000000, 'new', 1);
        insert into public.uuids (id, label, n) values (gen_random_uuid(), 'new', 1);
        update public.words set id = upper(id) where n = 300;
        insert into public.keyless (id, label, n) select 3, 'label 1', 3 from generate_series(1, 2);
        insert into public.parts values (-5, 'new', 1)`)
      const from = where === 'in another one' ? connectToUrl(other.url, 'backup', { purpose: 'test' }) : null
      const { plan } = await stage.run('all', {}, from)
      await from?.end()
      const counts = (name: string) => {
        const { missing, changed, extra } = comparisonOf(plan, name)
        return [missing.rows, changed.rows, extra.rows]
      }
      expect(counts('ranges')).toEqual([9, 6, 2])
      expect(counts('gaps')).toEqual([9, 6, 1])
      expect(counts('uuids')).toEqual([9, 6, 1])
      expect(counts('pairs')).toEqual([9, 6, 0])
      expect(counts('parts')).toEqual([3, 2, 1])
      expect(counts('keyless')).toEqual([15, 0, 8])
      for (const name of names.filter((one) => one !== 'words')) {
        const here = await stage.lines(`public.${name}`)
        expect(here.join('\n') === (await other.lines(`public.${name}`)).join('\n')).toBe(true)
      }
      expect(counts('words').slice(0, 1)).toEqual([9])
    },
    90_000,
  )
})
