'use client'

import Link from 'next/link'
import type { Loaded, ReadData } from '#app/_web/read.ts'
import { useLoaded } from '#app/_web/use-loaded.ts'
import { Button } from '#components/ui/button.tsx'
import { Panel } from '#components/ui/card.tsx'
import { EmptyState } from '#components/ui/empty-state.tsx'
import { BackupsTable } from './backups-table.tsx'
import { listHref } from './list-address.ts'
import { ListFilters } from './list-filters.tsx'
import type { backupListRead } from './queries.ts'

const NothingYet = (
  <EmptyState title="There is nothing to go back to">
    <p>
      A snapshot is a consistent copy of the protected tables inside the database: quick, for careless
      deletes. An archive is a dump outside of it: for the day the database is gone.
    </p>
  </EmptyState>
)

/** One page of the backups that the filter asks for. */
export function ListPanel({
  loaded,
  target,
}: {
  loaded: Loaded<ReadData<typeof backupListRead>>
  target: string
}) {
  const { data, error } = useLoaded(loaded)
  const { backups, kept, next, filter, timeZone } = data
  const { after, ...chosen } = filter
  const isFiltered = Object.values(chosen).some(Boolean)
  return (
    <Panel
      id="list"
      title={chosen.day ? `Backups of ${chosen.day}` : 'Backups'}
      about={
        error
          ? `Shown as last read: ${error.message}`
          : chosen.day
            ? `Taken on that day in ${timeZone}, newest first.`
            : chosen.status === undefined
              ? 'What there is to go back to, newest first.'
              : 'Newest first.'
      }
      actions={<ListFilters target={target} filter={filter} />}
      flush
    >
      <BackupsTable
        backups={backups}
        kept={kept}
        empty={
          isFiltered || after ? (
            <EmptyState
              title="No backup is like that"
              action={
                <Button asChild>
                  <Link href={listHref(target, {})} scroll={false}>
                    Show all
                  </Link>
                </Button>
              }
            />
          ) : (
            NothingYet
          )
        }
      />
      {next || after ? (
        <nav
          aria-label="Pages of backups"
          className="flex justify-between gap-2 border-t border-line px-4 py-2"
          data-no-print
        >
          {after ? (
            <Button asChild size="small">
              <Link href={listHref(target, chosen)} scroll={false}>
                Newest
              </Link>
            </Button>
          ) : (
            <span />
          )}
          {next ? (
            <Button asChild size="small">
              <Link href={listHref(target, { ...chosen, after: next })} scroll={false}>
                Older
              </Link>
            </Button>
          ) : null}
        </nav>
      ) : null}
    </Panel>
  )
}
