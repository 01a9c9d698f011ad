import type { Ctx } from '#lib/context.ts'
import type { JobScope } from '#lib/jobs/types.ts'
import type { Operation, PlannedOperation } from '#lib/operations/types.ts'
import { type ComparedSwitch, compareSwitch, switchBinding } from '#lib/restores/database/compare-switch.ts'
import { plannedDifferences, sayNewer } from '#lib/restores/database/compare-with-archive.ts'
import type { DatabaseSwitchPlan, DatabaseSwitchRequest } from '#lib/restores/database/database-types.ts'
import { nameKept } from '#lib/restores/database/name-databases.ts'
import { saySessions } from '#lib/restores/database/read-database-place.ts'
import { quoteIdentifier } from '#lib/sql/identifier.ts'
import { isProduction } from '#lib/targets/is-production.ts'
import { withMaintenance } from '#lib/targets/open-maintenance.ts'
import { getTarget } from '#lib/targets/queries.ts'

const shownSessions = 8

/** What leaves with the database that leaves. */
export const stayingBehind = (kept: string): string[] => [
  `Holdfast’s snapshots, undo copies and journal stay in “${kept}”: restores from them need that database under the target’s name again.`,
]

function warningsOf(
  { left, came, sessions, slots, leaving, wanted }: ComparedSwitch,
  keptAs: string,
): string[] {
  const back = wanted.leaving !== null
  const newer = sayNewer(leaving.name, left)
  const goes = back
    ? 'What was written since the switch stays in the database that leaves'
    : 'What live has and the archive has not is not in the database that comes'
  return [
    ...(newer ? [newer] : []),
    ...(left.tables.length > 0
      ? [
          `${goes}: ${left.tables.length} ${left.tables.length === 1 ? 'table differs' : 'tables differ'} from the archive. It is kept as ${keptAs}; rows can be copied from there.`,
        ]
      : []),
    ...(left.definitions.length > 0
      ? [
          `${left.definitions.length} definitions differ from the archive: ${left.definitions.slice(0, 5).join(', ')}.`,
        ]
      : []),
    ...(came && came.tables.length + came.definitions.length > 0
      ? [
          `“${wanted.coming.name}” was changed since it was proven: ${[...came.tables.map(({ table }) => table), ...came.definitions].slice(0, 8).join(', ')}.`,
        ]
      : []),
    ...(sessions.length > 0
      ? [
          `Ends these sessions; their applications have to connect again: ${sessions
            .slice(0, shownSessions)
            .map((one) => `${saySessions(one)} in ${one.database}`)
            .join('; ')}${sessions.length > shownSessions ? '; …' : ''}.`,
        ]
      : []),
    ...(slots.length > 0
      ? [
          `Replication slots belong to their database and leave with it: ${slots.join(', ')}. Who reads from them has to be set up again.`,
        ]
      : []),
  ]
}

/**
 * Computes what giving the target's name to a restored database (or back) loses, ends and keeps. Only reads. Throws AppError
 * (kind refused) with what helps where it cannot be done.
 */
export async function planDatabaseSwitch(
  ctx: Ctx,
  job: JobScope,
  operation: Operation<DatabaseSwitchRequest, DatabaseSwitchPlan>,
): Promise<PlannedOperation<DatabaseSwitchPlan>> {
  const target = await getTarget(ctx.db, operation.targetId)
  const live = target.databaseName
  await job.phase('look at the server')
  const compared = await withMaintenance(
    ctx,
    target.id,
    { purpose: 'database-switch-plan' },
    ({ sql: server }) => compareSwitch(ctx, job, server, operation, live),
  )
  const { wanted, leaving, left } = compared
  const { coming, backupId, restoreOperationId } = wanted
  const keptAs = wanted.leaving?.keptAs ?? nameKept(live, new Date(), operation.id)
  const rename = (from: string, to: string) =>
    `alter database ${quoteIdentifier(from)} rename to ${quoteIdentifier(to)};`
  return {
    plan: {
      backupId,
      restoreOperationId,
      back: operation.request.back,
      leaving,
      coming,
      keptAs,
      summary: {
        sentence: `Gives the name ${live} to ${coming.name}${wanted.leaving ? ', which had it before' : ''}; what bears it now is kept as ${keptAs}, read-only.${left.tables.length === 0 ? ' No row of it differs from the archive.' : ''}${compared.sessions.length === 0 ? ' Nobody is connected to either.' : ''}`,
        tables: plannedDifferences(left),
        statements: [
          'begin;',
          rename(live, keptAs),
          rename(coming.name, live),
          `alter database ${quoteIdentifier(keptAs)} set default_transaction_read_only to on;`,
          'commit;',
        ],
        warnings: [...warningsOf(compared, keptAs), ...stayingBehind(keptAs)],
        notCovered: [
          `Nothing is dropped. When “${keptAs}” is not needed any more: drop database ${quoteIdentifier(keptAs)};`,
          'Jobs outside of the database, replicas of its rows elsewhere, and what others already did with them.',
        ],
        locks: [
          `The database ${live} itself: nobody can connect while the names change, a moment, at most some seconds; then they can again, or nothing happened.`,
        ],
        estimateMs: null,
        estimateFrom: 'the renaming takes milliseconds, reading the facts before it as long as for this plan',
        promisedRows: 0,
      },
    },
    binding: switchBinding(compared, keptAs),
    needsApproval: await isProduction(ctx.db, target),
  }
}
