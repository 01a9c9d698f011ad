const minutesPerHour = 60
const minutesPerDay = 1440

const stepOf = (field: string): number | null => {
  if (field === '*') return 1
  const step = /^\*\/(\d+)$/.exec(field)
  return step ? Number(step[1]) : null
}

/** The longest time in minutes between two fires of a five-field cron expression, rounded up to whole hours, days or months. */
export function scheduleGapMinutes(cron: string): number {
  const [minute = '*', hour = '*', day = '*', month = '*', weekday = '*'] = cron.trim().split(/\s+/)
  if (month !== '*' || day !== '*') return 31 * minutesPerDay
  if (weekday !== '*') return 7 * minutesPerDay
  const hourStep = stepOf(hour)
  if (hourStep === null) return minutesPerDay
  if (hourStep > 1) return hourStep * minutesPerHour
  return stepOf(minute) ?? minutesPerHour
}
