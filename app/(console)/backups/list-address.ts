import type { BackupFilter } from '#lib/backups/list-backups-page.ts'

/** The list's filter as it stands in the address. */
export interface ListFilter extends Pick<BackupFilter, 'kind' | 'level' | 'origin'> {
  /** Not given: what is there; on one day everything. */
  status?: BackupFilter['status'] | 'all'
  day?: string | undefined
  after?: string | undefined
}

/** The address of the list with this filter. Another filter begins at the newest. */
export function listHref(target: string, filter: ListFilter): string {
  const query = new URLSearchParams({ target })
  for (const [name, value] of Object.entries(filter)) if (value) query.set(name, value)
  return `/backups?${query}#list`
}
