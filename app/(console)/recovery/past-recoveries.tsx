import { PastOperations } from '#components/operations/past-operations.tsx'
import { Duration } from '#components/ui/time.tsx'
import type { RecoveryData } from './recovery-screen.tsx'

/** The recoveries so far, and how long people waited from the request until they had access. */
export function PastRecoveries({ recoveries }: Pick<RecoveryData, 'recoveries'>) {
  return (
    <PastOperations
      title="Recoveries so far"
      label="Recoveries"
      operations={recoveries}
      more={[
        {
          key: 'took',
          head: 'Access after',
          align: 'right',
          cell: (row) =>
            row.access ? (
              <span title="From the request to the check that they can get in">
                <Duration ms={row.access.accessAfterMs} />
                <span className="text-ink-faint">
                  {' '}
                  (run <Duration ms={row.access.runMs} />)
                </span>
              </span>
            ) : (
              <span className="text-ink-faint">–</span>
            ),
        },
      ]}
    />
  )
}
