import { TableNameText } from '#components/ui/table-name.tsx'
import { formatCount } from '#lib/format/format-count.ts'
import type { PermitsData } from './permits-section.tsx'

const ceiling = ({
  statementRows,
  transactionRows,
  windowRows,
  windowMinutes,
}: PermitsData['allowances'][number]): string =>
  [
    statementRows === undefined ? null : `${formatCount(statementRows)} a statement`,
    transactionRows === undefined ? null : `${formatCount(transactionRows)} a transaction`,
    windowRows === undefined ? null : `${formatCount(windowRows)} in ${windowMinutes} min`,
  ]
    .filter(Boolean)
    .join(' · ') || 'no limit in rows'

/** Roles with a budget of their own instead of the table's: a nightly purge with its ceiling, or a narrower one. */
export function PermitsAllowances({ data }: { data: PermitsData }) {
  return (
    <section className="border-t border-line px-4 py-3" aria-label="Standing allowances">
      <h3 className="text-xs font-medium text-ink-soft">Standing allowances</h3>
      {data.allowances.length === 0 ? (
        <p className="mt-1 text-xs text-ink-faint">
          None. A job that purges every night needs no permit: the policy may give its role a budget of its
          own (protectedTables, roles).
        </p>
      ) : (
        <ul className="mt-1 grid gap-1 text-sm">
          {data.allowances.map((allowance) => (
            <li
              key={`${allowance.table} ${allowance.act} ${allowance.role}`}
              className="flex flex-wrap gap-x-2"
            >
              <span className="font-mono text-xs leading-5">{allowance.role}</span>
              <span>
                may {allowance.act} in <TableNameText name={allowance.table} />
              </span>
              <span className="text-ink-soft">{ceiling(allowance)}</span>
            </li>
          ))}
        </ul>
      )}
    </section>
  )
}
