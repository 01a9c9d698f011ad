'use client'

import { ArrowDown, ArrowUp } from 'lucide-react'
import { useMemo, useState } from 'react'
import type { Wire } from '#app/_web/wire.ts'
import { Button } from '#components/ui/button.tsx'
import { EmptyState } from '#components/ui/empty-state.tsx'
import { Input } from '#components/ui/field.tsx'
import { Count } from '#components/ui/numbers.tsx'
import { Table } from '#components/ui/table.tsx'
import type { TableChange } from '#lib/backups/archives/table-changes.ts'
import { formatChange } from '#lib/format/format-count.ts'

type Row = Wire<TableChange>
type SortKey = 'table' | 'rows' | 'change'

const shownAtFirst = 100

const changeOf = ({ rows, rowsBefore }: Row): number => (rowsBefore === null ? 0 : rows - rowsBefore)

const sorts: Record<SortKey, (a: Row, b: Row) => number> = {
  table: (a, b) => a.table.localeCompare(b.table),
  rows: (a, b) => b.rows - a.rows,
  // What lost rows first: that is what people look for.
  change: (a, b) => changeOf(a) - changeOf(b),
}

function Change({ row }: { row: Row }) {
  const { change } = row
  if (change === null) return <span className="text-ink-faint">—</span>
  if (change === 'new') return <span>new</span>
  if (change === 'same') return <span className="text-ink-faint">same content</span>
  if (change === 'changed') return <span>same rows, other content</span>
  return <span className={change === 'fewer' ? 'text-bad' : ''}>{formatChange(changeOf(row))} rows</span>
}

/** The tables of a backup with rows and checksum, searched and sorted here. */
export function FactsTable({ tables, compared }: { tables: readonly Row[]; compared: boolean }) {
  const [search, setSearch] = useState('')
  const [sort, setSort] = useState<SortKey>('table')
  const [all, setAll] = useState(false)
  const found = useMemo(() => {
    const wanted = search.trim().toLowerCase()
    return tables.filter(({ table }) => table.toLowerCase().includes(wanted)).sort(sorts[sort])
  }, [tables, search, sort])
  const shown = all ? found : found.slice(0, shownAtFirst)
  const head = (key: SortKey, words: string, Arrow: typeof ArrowDown) => (
    <button
      type="button"
      onClick={() => setSort(key)}
      aria-pressed={sort === key}
      className="inline-flex items-center gap-1 hover:text-ink aria-pressed:text-ink"
    >
      {words}
      {sort === key ? <Arrow aria-hidden className="size-3" /> : null}
    </button>
  )
  return (
    <>
      {tables.length > 8 ? (
        <div className="border-b border-line px-4 py-2" data-no-print>
          <Input
            type="search"
            aria-label="Search tables"
            placeholder={`Search ${tables.length} tables`}
            value={search}
            onChange={(event) => setSearch(event.target.value)}
            className="max-w-72"
          />
        </div>
      ) : null}
      <Table
        label="Facts per table"
        rows={shown}
        rowKey={({ table }) => table}
        empty={<EmptyState title={search ? `No table is named like “${search}”` : 'No tables'} />}
        columns={[
          {
            key: 'table',
            head: head('table', 'Table', ArrowDown),
            lead: true,
            cell: ({ table }) => <span className="break-all">{table}</span>,
          },
          {
            key: 'rows',
            head: head('rows', 'Rows', ArrowDown),
            name: 'Rows',
            align: 'right',
            cell: ({ rows }) => <Count of={rows} />,
          },
          ...(compared
            ? [
                {
                  key: 'change',
                  head: head('change', 'Against the one before', ArrowUp),
                  name: 'Against the one before',
                  align: 'right' as const,
                  cell: (row: Row) => <Change row={row} />,
                },
              ]
            : []),
          {
            key: 'checksum',
            head: 'Checksum',
            cell: ({ checksum }) => (
              <code className="font-mono text-xs break-all text-ink-soft">{checksum}</code>
            ),
          },
          { key: 'columns', head: 'Columns', align: 'right', wide: true, cell: ({ columns }) => columns },
        ]}
      />
      {shown.length < found.length ? (
        <div className="border-t border-line px-4 py-2" data-no-print>
          <Button size="small" onClick={() => setAll(true)}>
            Show all {found.length} tables
          </Button>
        </div>
      ) : null}
    </>
  )
}
