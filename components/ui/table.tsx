import type { ReactNode } from 'react'
import { classNames } from '#components/ui/class-names.ts'

export interface TableColumn<Row> {
  key: string
  head: ReactNode
  /** The heading beside the value on a phone, where `head` is more than words. */
  name?: string
  cell(row: Row): ReactNode
  /** Numbers stand right. */
  align?: 'left' | 'right'
  /** Stands on the card's first line on a phone, without its heading. */
  lead?: boolean
  /** Left out on a phone. */
  wide?: boolean
  className?: string
}

/**
 * Rows, dense. On a phone each row becomes a card with the headings beside the values.
 * Give `label` a name for screen readers; `empty` is what stands there without rows.
 */
export function Table<Row>({
  label,
  columns,
  rows,
  rowKey,
  empty,
  rowClassName,
  className,
}: {
  label: string
  columns: TableColumn<Row>[]
  rows: readonly Row[]
  rowKey(row: Row): string
  empty?: ReactNode
  rowClassName?(row: Row): string | undefined
  className?: string
}) {
  if (rows.length === 0 && empty) return <>{empty}</>
  return (
    <div className={classNames('min-w-0 overflow-x-auto', className)}>
      {/* Explicit roles: a browser drops a table's own when CSS changes its display. */}
      <table aria-label={label} className="w-full border-collapse text-sm max-sm:block">
        <thead className="max-sm:sr-only">
          <tr className="border-b border-line text-left text-xs text-ink-faint">
            {columns.map((column) => (
              <th
                key={column.key}
                scope="col"
                className={classNames(
                  'px-3 py-1.5 font-medium whitespace-nowrap first:pl-4 last:pr-4',
                  column.align === 'right' && 'text-right',
                  column.wide && 'print:hidden',
                )}
              >
                {column.head}
              </th>
            ))}
          </tr>
        </thead>
        <tbody className="max-sm:block">
          {rows.map((row) => (
            <tr
              key={rowKey(row)}
              className={classNames(
                'border-b border-line last:border-b-0 hover:bg-raised max-sm:block max-sm:px-4 max-sm:py-2.5',
                rowClassName?.(row),
              )}
            >
              {columns.map((column) => (
                <td
                  key={column.key}
                  data-head={column.name ?? (typeof column.head === 'string' ? column.head : undefined)}
                  className={classNames(
                    'px-3 py-1.5 align-middle first:pl-4 last:pr-4 max-sm:flex max-sm:items-baseline max-sm:justify-between max-sm:gap-4 max-sm:px-0 max-sm:py-0.5 max-sm:first:pl-0 max-sm:last:pr-0',
                    column.align === 'right' && 'text-right whitespace-nowrap max-sm:whitespace-normal',
                    column.lead
                      ? 'max-sm:justify-start max-sm:text-left max-sm:font-medium'
                      : 'max-sm:text-right max-sm:before:text-left max-sm:before:text-xs max-sm:before:text-ink-faint max-sm:before:content-[attr(data-head)]',
                    column.wide && 'max-sm:hidden print:hidden',
                    column.className,
                  )}
                >
                  {column.cell(row)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}
