import type { ReactNode } from 'react'
import { TitledLines } from '#components/operations/titled-lines.tsx'
import { Code } from '#components/ui/code.tsx'
import { countOf } from '#lib/format/format-count.ts'
import type { DatabaseRestoreResult, DatabaseSwitchResult } from '#lib/restores/database/database-types.ts'

/** What became of a whole database: made and proven beside the live one, or given the live one’s name. */
export function DatabaseOutcome({ kind, result }: { kind: string; result: unknown }) {
  if (kind === 'database-restore') return <Restored result={result as DatabaseRestoreResult} />
  if (kind === 'database-switch') return <Switched result={result as DatabaseSwitchResult} />
  return null
}

const Name = ({ children }: { children: ReactNode }) => (
  <span className="font-mono text-xs break-all">{children}</span>
)

function Restored({ result }: { result: DatabaseRestoreResult }) {
  return (
    <div className="grid gap-3 text-sm">
      <p>
        The database <Name>{result.database}</Name> stands beside the live one:{' '}
        {countOf(result.tables, 'table')}, {countOf(result.writtenRows, 'row')}.{' '}
        {result.proven ? (
          <span className="font-medium text-good">It equals the facts taken with the archive.</span>
        ) : (
          <span className="font-medium text-bad">
            It does not equal the facts taken with the archive, and is not offered for a switch.
          </span>
        )}
      </p>
      <TitledLines
        title="Differences"
        lines={result.differences.map(
          ({ subject, kind, expected, found }) => `${subject}: ${kind}, expected ${expected}, found ${found}`,
        )}
      />
      <TitledLines title="Not carried over" lines={result.notCarried} />
      <div className="grid gap-1">
        <p className="text-xs text-ink-faint">When nobody needs it any more</p>
        <Code label="SQL">{result.drop}</Code>
      </div>
    </div>
  )
}

function Switched({ result }: { result: DatabaseSwitchResult }) {
  return (
    <div className="grid gap-3 text-sm">
      <p>
        <Name>{result.live.name}</Name> is now the database that was called <Name>{result.wasCalled}</Name>.
        The one that bore the name before is kept as <Name>{result.kept.name}</Name>, read-only by default.
      </p>
      <TitledLines title="To know" lines={result.notes} />
      {result.guards ? (
        <TitledLines
          title={result.guards.installed ? 'Its guards are in place' : 'Its guards are not in place'}
          lines={[...result.guards.problems, ...(result.guards.next ? [result.guards.next] : [])]}
        />
      ) : null}
    </div>
  )
}
