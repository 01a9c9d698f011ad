import type { Db } from '#lib/db/client.ts'

/** Whether this failure says that the server takes no writes: it is a standby by now, or was told so. */
export const isReadOnly = (error: unknown): boolean =>
  (error as { code?: string } | null)?.code === '25006' ||
  ((error as { cause?: { code?: string } } | null)?.cause?.code ?? '') === '25006'

/**
 * Ends all of this role's sessions at a server that takes no writes any more. After a failover the name leads to another
 * server, but open sessions stay at the old one, which would refuse each write until the process is restarted. Does nothing
 * at a server that takes writes. Safe to repeat.
 */
export async function leaveReadOnlyServer(db: Db): Promise<void> {
  try {
    await db.$client`
      select pg_terminate_backend(pid)
      from pg_stat_activity
      where (pg_is_in_recovery() or current_setting('default_transaction_read_only') = 'on')
        and datname = current_database() and usename = current_user and application_name like 'holdfast:%'
      order by pid = pg_backend_pid()`
  } catch {
    // The session that asks is among those that end.
  }
}
