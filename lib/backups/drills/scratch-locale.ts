import type postgres from 'postgres'
import type { ScratchGap, ScratchNeeds } from '#lib/backups/drills/scratch-needs.ts'
import type { DatabaseLocale } from '#lib/backups/types.ts'

const literal = (text: string): string => `'${text.replaceAll("'", "''")}'`

/** Codes of what a server says to a locale or a provider that it does not have. */
const unknownLocale = ['22023', '42704', '0A000', '42809', '42601', '58P01']

const nameOf = ({ provider, collate, locale }: DatabaseLocale): string =>
  provider === 'c' ? collate : `${provider === 'i' ? 'ICU' : 'builtin'} ${locale ?? ''}`

/** The options of CREATE DATABASE that give the source's own way of sorting, in the words of the server's version. */
function localeOptions({ provider, collate, ctype, locale }: DatabaseLocale, version: number): string {
  const libc = `lc_collate ${literal(collate)} lc_ctype ${literal(ctype)}`
  if (provider === 'c') return version >= 150_000 ? `${libc} locale_provider libc` : libc
  const own =
    provider === 'i'
      ? `icu icu_locale ${literal(locale ?? 'und')}`
      : `builtin builtin_locale ${literal(locale ?? 'C')}`
  return `${libc} locale_provider ${own}`
}

async function readVersion(admin: postgres.Sql, database: string): Promise<string | null> {
  const [row] = await admin<{ version: string | null }[]>`
    select to_jsonb(d) ->> 'datcollversion' as version from pg_catalog.pg_database d where datname = ${database}`
  return row?.version ?? null
}

/** Makes the database with the source's encoding and, where the server has it, its collation. Returns what is otherwise. */
export async function createLikeSource(
  admin: postgres.Sql,
  database: string,
  { encoding, locale }: Pick<ScratchNeeds, 'encoding' | 'locale'>,
): Promise<ScratchGap[]> {
  const create = (options: string) =>
    admin.unsafe(`create database ${database} template template0 encoding ${literal(encoding)} ${options}`)
  const anyLocale = encoding === 'UTF8' ? '' : `lc_collate 'C' lc_ctype 'C'`
  if (!locale) {
    await create(anyLocale)
    return []
  }
  const [{ number }] = await admin<[{ number: number }]>`
    select current_setting('server_version_num')::int as number`
  const gap = (why: string, hint: string): ScratchGap[] => [
    { kind: 'collation', name: nameOf(locale), what: `collation ${nameOf(locale)}`, why, hint },
  ]
  try {
    await create(localeOptions(locale, number))
  } catch (error) {
    if (!unknownLocale.includes((error as { code?: string }).code ?? '')) throw error
    await create(anyLocale)
    return gap(
      'The drill server does not have it and sorts otherwise; contents are compared byte by byte all the same.',
      locale.provider === 'c'
        ? `Make it there: localedef -i ${locale.collate.split('.')[0]} -f UTF-8 ${locale.collate}`
        : 'Give a drill server with ICU by HOLDFAST_DRILL_URL.',
    )
  }
  const version = await readVersion(admin, database)
  if (!locale.version || !version || locale.version === version) return []
  return gap(
    `The source has its version ${locale.version}, the drill server ${version}: they may sort otherwise. Contents are compared byte by byte all the same.`,
    'Drill on a server with the same operating system as the source’s to be sure of what depends on the order.',
  )
}
