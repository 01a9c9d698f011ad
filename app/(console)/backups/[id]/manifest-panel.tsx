import type { ReactNode } from 'react'
import type { Wire } from '#app/_web/wire.ts'
import { Panel } from '#components/ui/card.tsx'
import { Bytes } from '#components/ui/numbers.tsx'
import type { ArchiveManifest, BackupDetails, SnapshotManifest } from '#lib/backups/types.ts'
import { formatTable } from '#lib/sql/identifier.ts'

const mono = (text: string): ReactNode => <code className="font-mono text-xs break-all">{text}</code>

function archiveLines(manifest: Wire<ArchiveManifest>): [string, ReactNode][] {
  return [
    ['Database', manifest.databaseName],
    ['Server', `PostgreSQL ${manifest.serverVersion}, ${manifest.encoding}`],
    ['Dumped with', `pg_dump ${manifest.pgDumpVersion}, zstd`],
    [
      'Bytes',
      <>
        <Bytes of={manifest.archiveBytes} /> of <Bytes of={manifest.rawBytes} />
      </>,
    ],
    ['SHA-256', mono(manifest.sha256)],
    ['Signature', mono(manifest.mac)],
    ['Extensions', manifest.extensions.length > 0 ? manifest.extensions.join(', ') : 'none'],
    ['Cluster', mono(manifest.systemIdentifier ?? 'not readable')],
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
export function ManifestPanel({ backup }: { backup: Wire<BackupDetails> }) {
  const { manifest } = backup
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
          ['Kept in', mono(backup.location ?? '—')] as [string, ReactNode],
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
