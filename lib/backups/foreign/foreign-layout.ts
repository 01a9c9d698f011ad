import { createHash } from 'node:crypto'
import type { StoredObject } from '#lib/stores/types.ts'

export type ForeignLayout = 'custom' | 'directory' | 'tar' | 'unknown'

/** One thing in a store that may be an archive: a file, or a directory with a table of contents. */
export interface ForeignCandidate {
  /** The file's name, or the directory's without a slash. */
  key: string
  isDirectory: boolean
  objects: StoredObject[]
  sizeBytes: number
  /** Of what changed last. */
  modifiedAt: Date
  /** The same at two looks: nobody writes to it. */
  look: string
}

const contents = '/toc.dat'

const lookOf = (objects: readonly StoredObject[]): string =>
  createHash('sha256')
    .update(JSON.stringify(objects.map(({ key, bytes, modifiedAt }) => [key, bytes, modifiedAt.getTime()])))
    .digest('hex')

function candidate(key: string, isDirectory: boolean, objects: StoredObject[]): ForeignCandidate {
  return {
    key,
    isDirectory,
    objects,
    sizeBytes: objects.reduce((sum, { bytes }) => sum + bytes, 0),
    modifiedAt: new Date(Math.max(...objects.map(({ modifiedAt }) => modifiedAt.getTime()))),
    look: lookOf(objects),
  }
}

/** What may be an archive among the objects of a store. What lies in an archive's directory is a part of that one. Pure. */
export function listCandidates(objects: readonly StoredObject[]): ForeignCandidate[] {
  const directories = objects
    .filter(({ key }) => key.endsWith(contents))
    .map(({ key }) => key.slice(0, -contents.length))
  const inside = (key: string) => directories.find((directory) => key.startsWith(`${directory}/`))
  const found: ForeignCandidate[] = directories.map((directory) =>
    candidate(
      directory,
      true,
      objects.filter(({ key }) => inside(key) === directory),
    ),
  )
  for (const object of objects) {
    if (!inside(object.key)) found.push(candidate(object.key, false, [object]))
  }
  return found.sort((a, b) => a.modifiedAt.getTime() - b.modifiedAt.getTime())
}

/** How long the beginning of a file has to be for its layout to be known. */
export const headBytes = 512

/** A file's layout by its first bytes; its name says nothing. Pure. */
export function layoutOf(head: Buffer): ForeignLayout {
  if (head.subarray(0, 5).toString('latin1') === 'PGDMP') return 'custom'
  const isTar = head.subarray(257, 262).toString('latin1') === 'ustar'
  if (isTar && head.subarray(0, 7).toString('latin1') === 'toc.dat') return 'tar'
  return 'unknown'
}

/** Names that people give to archives; anything else that is no archive is simply another file. */
const soundsLikeOne = /\.(dump|backup|bak|pgdump|pgd|pg|tar|dmp)(\.(gz|zst|xz|bz2|lz4|age|gpg))?$/i

/** Why this is not an archive that Holdfast can use; null for a file that does not claim to be one. Pure. */
export function explainLayout(key: string, layout: ForeignLayout, sizeBytes: number): string | null {
  if (layout === 'tar') {
    return 'It is in pg_dump’s tar format, which cannot be checked piece by piece. Make it with pg_dump -Fc or -Fd.'
  }
  if (!soundsLikeOne.test(key)) return null
  if (sizeBytes === 0) return 'It is empty.'
  return 'It is not in pg_dump’s custom format (it does not begin with PGDMP). One that was compressed or encrypted again has to lie there plain: pg_dump -Fc compresses by itself.'
}

/** When the content is from. The header tells the dumping machine's local time without its zone, so it decides only where the file is clearly younger: a copy. Pure. */
export function momentOf(header: Date | null, modifiedAt: Date): Date {
  if (!header) return modifiedAt
  const widestZoneMs = 14 * 3_600_000
  return modifiedAt.getTime() - header.getTime() > widestZoneMs ? header : modifiedAt
}

export interface ForeignHeader {
  createdAt: Date | null
  databaseName: string | null
  serverVersion: string | null
  pgDumpVersion: string | null
  /** How many tables' data it names. */
  tables: number
}

const line = (list: string, label: string): string | null =>
  new RegExp(`^;\\s+${label}: (.+)$`, 'm').exec(list)?.[1]?.trim() ?? null

/** What a table of contents says of its archive, as `pg_restore --list` writes it. Pure. */
export function readHeader(list: string): ForeignHeader {
  const created = /^; Archive created at (\d{4}-\d{2}-\d{2}) (\d{2}:\d{2}:\d{2})/m.exec(list)
  return {
    createdAt: created ? new Date(`${created[1]}T${created[2]}Z`) : null,
    databaseName: line(list, 'dbname'),
    serverVersion: line(list, 'Dumped from database version')?.split(' ')[0] ?? null,
    pgDumpVersion: line(list, 'Dumped by pg_dump version')?.split(' ')[0] ?? null,
    tables: list.split('\n').filter((text) => / TABLE DATA /.test(text)).length,
  }
}
