import { classNames } from '#components/ui/class-names.ts'
import { formatBytes } from '#lib/format/format-bytes.ts'
import { formatChange, formatCount } from '#lib/format/format-count.ts'

export const Bytes = ({ of: bytes }: { of: number | null | undefined }) => (
  <span title={bytes === null || bytes === undefined ? undefined : `${formatCount(bytes)} bytes`}>
    {formatBytes(bytes)}
  </span>
)

export const Count = ({ of: value }: { of: number | null | undefined }) => <span>{formatCount(value)}</span>

/** A signed change; a loss is coloured when losses are bad here. */
export const Change = ({
  of: value,
  lossIsBad = true,
}: {
  of: number | null | undefined
  lossIsBad?: boolean
}) =>
  value === null || value === undefined ? (
    <span className="text-ink-faint">—</span>
  ) : (
    <span
      className={classNames(
        value === 0 && 'text-ink-faint',
        value < 0 && lossIsBad && 'font-medium text-bad',
      )}
    >
      {formatChange(value)}
    </span>
  )
