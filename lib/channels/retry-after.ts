/** The pause that an HTTP receiver asks for, in seconds or until a date; null when it asks for none that can be read. */
export function retryAfterMs(header: string | string[] | undefined, nowMs: number): number | null {
  const text = Array.isArray(header) ? header[0] : header
  if (!text) return null
  if (/^\d{1,9}$/.test(text.trim())) return Number(text) * 1000
  const until = Date.parse(text)
  return Number.isNaN(until) ? null : Math.max(0, until - nowMs)
}
