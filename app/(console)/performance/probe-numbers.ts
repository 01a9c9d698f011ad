export const formatMs = (value: number | null): string =>
  value === null ? '—' : `${value < 10 ? value.toFixed(2) : value.toFixed(1)} ms`

/** `+312 %`, `−4 %`. */
export const formatChangePercent = (value: number | null): string =>
  value === null ? '—' : `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(0)} %`
