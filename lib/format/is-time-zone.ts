/** Whether this names a time zone that is known here. */
export function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name })
    // Offsets such as `+02:00` are known too, and are no zone: they know no summer.
    return /^[A-Za-z]/.test(name)
  } catch {
    return false
  }
}
