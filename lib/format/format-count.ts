/** A whole number with thousands separators: `41,203`. The locale is fixed, so that server and browser agree. */
export const formatCount = (value: number | null | undefined): string =>
  value === null || value === undefined || !Number.isFinite(value)
    ? '—'
    : Math.round(value).toLocaleString('en-US')

/** `1 row`, `3 rows`, with an own plural where it is not an s. */
export const countOf = (value: number, one: string, many = `${one}s`): string =>
  `${formatCount(value)} ${Math.round(value) === 1 ? one : many}`

/** A signed change: `+12`, `−565`, `±0`. */
export const formatChange = (value: number): string =>
  value === 0 ? '±0' : `${value > 0 ? '+' : '−'}${formatCount(Math.abs(value))}`

/** A share: `98.4 %`. Never rounds to 100 what is not whole, nor to 0 what is something. */
export function formatPercent(value: number | null | undefined): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return '—'
  if (value > 99.9 && value < 100) return '> 99.9 %'
  if (value > 0 && value < 0.1) return '< 0.1 %'
  return `${value.toFixed(1).replace(/\.0$/, '')} %`
}
