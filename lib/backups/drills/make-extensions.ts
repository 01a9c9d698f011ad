import { actingExtensions } from '#lib/backups/archives/archive-list.ts'
import type { ScratchPlace } from '#lib/backups/drills/scratch-database.ts'
import { AppError } from '#lib/errors.ts'
import { quoteIdentifier } from '#lib/sql/identifier.ts'
import { connectToUrl } from '#lib/targets/open-target.ts'

interface WantedExtension {
  name: string
  schema: string
}

const identifier = '("(?:[^"]|"")+"|[a-z_][a-z0-9_$]*)'
const command = new RegExp(`^CREATE EXTENSION IF NOT EXISTS ${identifier} WITH SCHEMA ${identifier};$`, 'gm')

const unquoted = (text: string): string =>
  text.startsWith('"') ? text.slice(1, -1).replaceAll('""', '"') : text

/** What pg_restore would say to make the archive's extensions, read and not run: others wrote it. */
export const readExtensions = (script: string): WantedExtension[] =>
  [...script.matchAll(command)].map(([, name, schema]) => ({
    name: unquoted(name!),
    schema: unquoted(schema!),
  }))

/**
 * Makes extensions as the superuser in a scratch database that is restored as its owner, and the schemas they want, which
 * become the owner's. Returns the schemas made. Throws AppError `drill-extension` for those that are not there.
 */
export async function makeExtensions(
  place: ScratchPlace,
  wanted: readonly WantedExtension[],
): Promise<string[]> {
  const sql = connectToUrl(place.url, 'owner', { purpose: 'drill extensions' })
  const schemas: string[] = []
  try {
    const there = await sql<{ name: string }[]>`select name from pg_catalog.pg_available_extensions`
    const possible = wanted.filter(({ name }) => !actingExtensions.includes(name))
    const missing = possible.filter(({ name }) => !there.some((one) => one.name === name))
    if (missing.length > 0)
      throw new AppError(
        'drill-extension',
        `The drill server lacks: ${missing.map(({ name }) => name).join(', ')}.`,
        {
          kind: 'unavailable',
          hint: 'Install the extension there, or give another server by HOLDFAST_DRILL_URL.',
        },
      )
    for (const { name, schema } of possible) {
      const [known] = await sql`select from pg_catalog.pg_namespace where nspname = ${schema}`
      if (!known) {
        await sql.unsafe(
          `create schema ${quoteIdentifier(schema)} authorization ${quoteIdentifier(place.database)}`,
        )
        schemas.push(schema)
      }
      await sql.unsafe(
        `create extension if not exists ${quoteIdentifier(name)} with schema ${quoteIdentifier(schema)} cascade`,
      )
    }
    return schemas
  } finally {
    await sql.end({ timeout: 5 })
  }
}
