import type { Wire } from '#app/_web/wire.ts'
import { Panel } from '#components/ui/card.tsx'
import { Code } from '#components/ui/code.tsx'
import type { ArchiveManifest } from '#lib/backups/types.ts'

const nameOf = (key: string): string => key.slice(key.lastIndexOf('/') + 1)

/** The commands that open an archive without Holdfast. */
function commandsOf(manifest: Wire<ArchiveManifest>, location: string): { title: string; command: string }[] {
  const file = nameOf(location)
  const read = manifest.format === 2 ? `age -d -i archive-identity.txt ${file} | zstd -d` : `zstd -dc ${file}`
  const globals = file.replace(/\.dump\.zst(\.age)?$/, '.globals.sql.zst.age')
  return [
    ...(manifest.format === 2
      ? [
          {
            title: 'The key to it: kept in the safe, or while Holdfast runs, from its terminal',
            command: 'holdfast keys export-identity --out archive-identity.txt',
          },
        ]
      : []),
    {
      title: 'The bytes are those that were written',
      command: `echo '${manifest.sha256}  ${file}' | sha256sum -c`,
    },
    ...(manifest.format === 2 && manifest.globals
      ? [
          {
            title: 'Roles and memberships first, as a superuser',
            command: `age -d -i archive-identity.txt ${globals} | zstd -d | psql -d postgres`,
          },
        ]
      : []),
    { title: 'What is in it', command: `${read} | pg_restore --list` },
    {
      title: 'Into an empty database',
      command: `createdb restored\n${read} | pg_restore --exit-on-error --dbname=restored`,
    },
  ]
}

/** How to open it on the day that Holdfast is gone. */
export function OpenByHand({
  manifest,
  location,
}: {
  manifest: Wire<ArchiveManifest>
  location: string | null
}) {
  if (!location) return null
  return (
    <Panel
      title="Open it without Holdfast"
      about={
        manifest.format === 2
          ? 'With age, zstd and pg_restore, from where the store keeps it.'
          : 'With zstd and pg_restore.'
      }
    >
      <ol className="grid gap-3">
        {commandsOf(manifest, location).map(({ title, command }) => (
          <li key={title} className="grid gap-1">
            <span className="text-xs text-ink-soft">{title}</span>
            <Code label={title.toLowerCase()}>{command}</Code>
          </li>
        ))}
      </ol>
    </Panel>
  )
}
