import type { ReactNode } from 'react'
import type { Wire } from '#app/_web/wire.ts'
import { Panel } from '#components/ui/card.tsx'
import { Bytes } from '#components/ui/numbers.tsx'
import type { ArchiveManifest, BackupDetails, SnapshotManifest } from '#lib/backups/types.ts'
import { countOf } from '#lib/format/format-count.ts'
import { formatTable } from '#lib/sql/identifier.ts'

const mono = (text: string): ReactNode => <code className="font-mono text-xs break-all">{text}</code>

const list = (items: readonly string[]): ReactNode => (items.length > 0 ? items.join(', ') : 'none')

function globalsOf({ globals }: Wire<ArchiveManifest>): ReactNode {
  if (globals === undefined) return 'not in this format'
  if (globals === null) return 'could not be read'
  return (
    <>
      {countOf(globals.roles, 'role')}, read by {globals.source === 'catalog' ? 'the catalog' : 'pg_dumpall'},
      no passwords
      {globals.missing.length > 0 ? `; not in it: ${globals.missing.join('; ')}` : ''}
    </>
  )
}

function archiveLines(manifest: Wire<ArchiveManifest>): [string, ReactNode][] {
  const { extensionVersions } = manifest
  return [
    ['Database', manifest.databaseName],
    ['Server', `PostgreSQL ${manifest.serverVersion}, ${manifest.encoding}`],
    ['Dumped with', `pg_dump ${manifest.pgDumpVersion}, zstd${manifest.format === 2 ? ', age' : ''}`],
    [
      'Bytes',
      <>
        <Bytes of={manifest.archiveBytes} /> stored of <Bytes of={manifest.rawBytes} /> raw
        {manifest.databaseBytes ? (
          <>
            ; <Bytes of={manifest.databaseBytes} /> in the database, indexes too
          </>
        ) : null}
      </>,
    ],
    [
      'Extensions',
      list(manifest.extensions.map((name) => [name, extensionVersions?.[name]].filter(Boolean).join(' '))),
    ],
    ['Roles it names', list(manifest.roles)],
    ['Globals', globalsOf(manifest)],
    ['Cluster', mono(manifest.systemIdentifier ?? 'not readable')],
    ['SHA-256', mono(manifest.sha256)],
    ['Signature', mono(manifest.mac)],
    ...(manifest.recipients
      ? ([
          [
            'Opened by',
            <ul key="recipients" className="grid">
              {manifest.recipients.map((recipient, index) => (
                <li key={recipient}>
                  {mono(recipient)}
                  {index === 0 ? ' (this installation)' : ''}
                </li>
              ))}
            </ul>,
          ],
        ] as [string, ReactNode][])
      : []),
    ...(manifest.warnings && manifest.warnings.length > 0
      ? ([['Warnings', manifest.warnings.join(' ')]] as [string, ReactNode][])
      : []),
  ]
}

const snapshotLines = (manifest: Wire<SnapshotManifest>): [string, ReactNode][] => [
  ['Schema in the target', mono(manifest.schema)],
  ...manifest.tables.map((table): [string, ReactNode] => [
    formatTable(table.source),
    mono(formatTable(table.copy)),
  ]),
]

/** What is known of the copy besides its facts. */
export function ManifestPanel({
  manifest,
  location,
}: {
  manifest: Wire<BackupDetails>['manifest']
  location: string | null
}) {
  if (!manifest) return null
  const isSnapshot = 'schema' in manifest
  return (
    <Panel
      title={isSnapshot ? 'Copies' : 'Manifest'}
      about={
        isSnapshot
          ? 'Copies lie in a schema of their own that is closed to the application.'
          : 'Signed together with the facts. Every byte is checked against it before any tool opens the archive.'
      }
    >
      <dl className="grid gap-x-6 gap-y-1.5 text-sm sm:grid-cols-[max-content_1fr]">
        {[
          ...(isSnapshot ? snapshotLines(manifest) : archiveLines(manifest)),
          ['Kept as', mono(location ?? '—')] as [string, ReactNode],
        ].map(([title, value]) => (
          <div key={title} className="contents">
            <dt className="text-ink-faint">{title}</dt>
            <dd className="min-w-0">{value}</dd>
          </div>
        ))}
      </dl>
    </Panel>
  )
}
