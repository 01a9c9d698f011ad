import { existsSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Command } from 'commander'
import { addPlainCommand, type CommandOptions, type CommandResult, type GlobalOptions } from '#cli/command.ts'
import { operator, withDoor } from '#cli/door.ts'
import { table } from '#cli/output.ts'
import { withProgress } from '#cli/progress.ts'
import { withControlDatabase } from '#cli/start/open-store.ts'
import { openArchive } from '#lib/backups/archives/open-archive.ts'
import {
  assertKeyFits,
  type CatalogueArchive,
  readStoreCatalogue,
  type StoreCatalogue,
} from '#lib/backups/copies/store-catalogue.ts'
import { dataDirectory, loadKeyRing } from '#lib/env.ts'
import { AppError, notFound } from '#lib/errors.ts'
import { formatBytes } from '#lib/format/format-bytes.ts'
import { formatDuration } from '#lib/format/format-duration.ts'
import type { KeyRing } from '#lib/keys.ts'
import { type RebuiltCatalogue, rebuildCatalogue } from '#lib/restores/from-store/rebuild-catalogue.ts'
import { restoreControl } from '#lib/restores/from-store/restore-control.ts'
import { restoreIntoEmpty } from '#lib/restores/from-store/restore-into-empty.ts'
import { type FoundStore, openStoreAt } from '#lib/stores/open-store-at.ts'

/** A new key would open nothing; the one that the archives were made with has to be here. */
export function requireGivenKeys(): KeyRing {
  if (!process.env.HOLDFAST_KEY && !existsSync(join(dataDirectory(), 'holdfast.key'))) {
    throw new AppError(
      'key-missing',
      `There is no key here: neither HOLDFAST_KEY nor ${dataDirectory()}/holdfast.key.`,
      {
        kind: 'refused',
        hint: 'Set HOLDFAST_KEY to the key from your recovery kit. Earlier keys go into HOLDFAST_OLD_KEYS, separated by commas.',
      },
    )
  }
  return loadKeyRing()
}

const archiveJson = (archive: CatalogueArchive, now: number) => ({
  id: archive.backupId,
  takenAt: archive.takenAt,
  ageMs: now - archive.takenAt.getTime(),
  sizeBytes: archive.sizeBytes,
  rawBytes: archive.rawBytes,
  tables: archive.tables,
  rows: archive.rows,
  serverVersion: archive.serverVersion,
  keyId: archive.keyId,
  // The manifest is authentic and the size right; the bytes themselves are read only when the archive is used.
  verification: null,
})

async function list(found: FoundStore, keys: KeyRing): Promise<CommandResult> {
  const catalogue: StoreCatalogue = await readStoreCatalogue(found.store, keys, new AbortController().signal)
  assertKeyFits(catalogue, keys)
  const now = Date.now()
  const { targets, problems } = catalogue
  const rows = targets.flatMap((target) =>
    target.archives.map((archive) => [
      target.kind === 'control' ? `${target.name} (Holdfast’s own)` : target.name,
      archive.backupId,
      archive.takenAt.toISOString(),
      formatDuration(now - archive.takenAt.getTime()),
      formatBytes(archive.sizeBytes),
      archive.tables,
      archive.rows,
      archive.serverVersion,
    ]),
  )
  return {
    json: {
      store: { id: found.store.id, kind: found.store.kind },
      targets: targets.map(({ id, name, environment, kind, databaseName, archives }) => ({
        id,
        name,
        environment,
        kind,
        databaseName,
        archives: archives.map((archive) => archiveJson(archive, now)),
      })),
      problems,
    },
    text: [
      table(['target', 'archive', 'taken', 'age', 'size', 'tables', 'rows', 'server'], rows),
      ...problems.map(({ key, message }) => `not usable: ${key}: ${message}`),
      'Signed manifests; the archives’ own bytes are checked when they are used.',
    ].join('\n'),
  }
}

async function restore(
  found: FoundStore,
  keys: KeyRing,
  wanted: string,
  options: CommandOptions,
): Promise<CommandResult> {
  // The environment variable keeps the password out of the process list.
  const url = typeof options.into === 'string' ? options.into : process.env.HOLDFAST_TARGET_URL
  if (!url) {
    throw new AppError('usage', 'Say where to restore it.', {
      kind: 'invalid',
      hint: 'Add --into postgresql://user:password@host:5432/new-empty-database (or HOLDFAST_TARGET_URL)',
    })
  }
  return withProgress(async (work) => {
    work.phase('read manifests')
    const catalogue = await readStoreCatalogue(found.store, keys, work.signal)
    assertKeyFits(catalogue, keys)
    const all = catalogue.targets.flatMap(({ archives }) => archives)
    const chosen =
      all.find(({ backupId }) => backupId === wanted) ??
      catalogue.targets.find(({ name }) => name === wanted)?.archives[0]
    if (!chosen) throw notFound('archive', wanted, 'See what there is with --list')
    work.phase('authenticate', chosen.sizeBytes)
    const archive = await openArchive(found.store, keys, chosen.manifestKey, {
      signal: work.signal,
      onProgress: (bytes) => work.progress(bytes),
    })
    try {
      const globals = options.globalsTo
      if (typeof globals === 'string') {
        await writeFile(globals, (await archive.readGlobals()) ?? '-- The archive has no globals.\n', {
          mode: 0o600,
        })
      }
      const { differences, tables, rows, sameServer } = await restoreIntoEmpty(archive, url, work, {
        keepOwners: options.keepOwners === true,
      })
      const proven = differences.length === 0
      return {
        json: {
          id: chosen.backupId,
          takenAt: chosen.takenAt,
          verdict: proven ? 'passed' : 'failed',
          verification: proven ? 'facts-proven' : 'restored',
          tables,
          rows,
          sameServer,
          phases: work.phases,
          differences,
        },
        text: [
          proven
            ? `Restored and proven: ${tables} tables with ${rows} rows equal the facts of ${chosen.takenAt.toISOString()}.`
            : `Restored, but it differs from its facts in ${differences.length} ways; the database is marked as unfinished.`,
          ...differences
            .slice(0, 20)
            .map((one) => `  ${one.subject}: ${one.kind}, ${one.expected} → ${one.found}`),
          ...(sameServer ? ['It is the server that the archive came from.'] : []),
          ...(options.keepOwners === true
            ? []
            : [
                'Everything belongs to the account that restored; owners and grants come with --keep-owners.',
              ]),
        ].join('\n'),
        exit: proven ? 0 : 3,
      }
    } finally {
      await archive.close()
    }
  })
}

const catalogueJson = ({ store, targets, archives, problems, controlArchives }: RebuiltCatalogue) => ({
  store,
  targets,
  archives: archives.map(({ backupId, ...rest }) => ({ id: backupId, ...rest })),
  problems,
  controlArchives,
})

function tellCatalogue({ store, targets, archives, problems, controlArchives }: RebuiltCatalogue): string {
  const count = (status: string) => archives.filter((one) => one.status === status).length
  const added = targets.filter((one) => one.added)
  return [
    `Store “${store.name}”: ${count('good')} archives taken over, ${count('known')} known before, ${count('damaged')} damaged.`,
    ...archives.flatMap(({ backupId, error }) => (error ? [`  damaged: ${backupId}: ${error.message}`] : [])),
    ...problems.map(({ key, message }) => `  not usable: ${key}: ${message}`),
    ...added.map(
      ({ name }) => `New: ${name}. Give it its URL: holdfast targets credential ${name} owner --url …`,
    ),
    ...(controlArchives > 0 && added.length > 0
      ? [
          `${controlArchives} archives of Holdfast’s own database: --control brings people, policies and history back.`,
        ]
      : []),
    ...(added.length > 0
      ? ['Nothing expires until the freeze of each database is cleared on its page.']
      : []),
  ].join('\n')
}

async function run(
  globals: GlobalOptions,
  [place]: string[],
  options: CommandOptions,
): Promise<CommandResult> {
  const keys = requireGivenKeys()
  const found = await openStoreAt(place!, {
    endpoint: typeof options.endpoint === 'string' ? options.endpoint : undefined,
    region: typeof options.region === 'string' ? options.region : undefined,
    pathStyle: options.pathStyle === true ? true : undefined,
    allowPrivate: options.allowPrivate === true,
  })
  if (options.list === true) return list(found, keys)
  if (typeof options.restore === 'string') return restore(found, keys, options.restore, options)
  if (options.control === true) {
    return withProgress((work) =>
      withControlDatabase(async (url) => {
        const { archive, proof, catalogue } = await restoreControl(keys, found, url, operator(), work)
        return {
          json: {
            control: {
              id: archive.backupId,
              takenAt: archive.takenAt,
              tables: proof.tables,
              rows: proof.rows,
            },
            ...catalogueJson(catalogue),
            phases: work.phases,
          },
          text: [
            `Holdfast’s own database is back as of ${archive.takenAt.toISOString()}: ${proof.tables} tables, ${proof.rows} rows, facts equal.`,
            tellCatalogue(catalogue),
            'Everybody has to sign in again. Start it: npm start',
          ].join('\n'),
        }
      }),
    )
  }
  return withDoor(globals, ({ ctx }) =>
    withProgress(async (work) => {
      const name = typeof options.name === 'string' ? options.name : undefined
      const rebuilt = await rebuildCatalogue(ctx, found, work, { name })
      return { json: catalogueJson(rebuilt), text: tellCatalogue(rebuilt) }
    }),
  )
}

/** `holdfast restores from-store`: what works when Holdfast itself is lost, from a store and the key alone. */
export function addFromStoreCommand(restores: Command): void {
  addPlainCommand(restores, {
    usage: 'from-store <store>',
    about:
      'after a disaster of Holdfast itself: take a store over (a directory, or s3://bucket/prefix) with nothing but its key',
    options: [
      ['--list', 'only show what the store holds; changes nothing and needs no control database'],
      [
        '--control',
        'restore Holdfast’s own database into an empty one, then bring it in line with the store',
      ],
      ['--restore <id>', 'restore this archive, or the newest of this target; needs no control database'],
      ['--into <url>', 'with --restore: a new, empty database (or HOLDFAST_TARGET_URL)'],
      ['--keep-owners', 'with --restore: keep owners and grants; every role must be there'],
      ['--globals-to <file>', 'with --restore: write the cluster’s roles and settings as SQL into this file'],
      ['--name <name>', 'how the store is called in the rebuilt records'],
      ['--endpoint <url>', 'the S3 server, where it is not AWS'],
      ['--region <region>', 'the S3 region'],
      ['--path-style', 'endpoint/bucket/key; usual with --endpoint'],
      ['--allow-private', 'the endpoint may be in a private network'],
    ],
    run,
  })
}
