/** How a day looks: the fill tells by lightness and pattern too, not by its colour alone. */
export interface DayLook {
  fill: string
  word: string
}

/** Written out: the style sheet is made from the names in the sources. */
const striped =
  'border border-warn bg-[repeating-linear-gradient(135deg,var(--warn)_0_3px,transparent_3px_6px)]'

/** Of the backups' calendar, in the order of its legend. */
export const backupDayLooks = {
  proven: { fill: 'bg-good', word: 'proven by a drill' },
  good: { fill: 'bg-good/30 border border-good', word: 'good archive' },
  partial: {
    fill: 'border border-good bg-[linear-gradient(135deg,transparent_50%,var(--good)_50%)]',
    word: 'only within the database',
  },
  suspicious: { fill: striped, word: 'suspicious' },
  failed: { fill: 'bg-bad', word: 'failed' },
  missed: { fill: 'border-2 border-bad', word: 'missed' },
  none: { fill: 'border border-line-strong bg-sunken', word: 'nothing' },
  before: { fill: 'bg-sunken', word: 'not protected yet' },
} satisfies Record<string, DayLook>

/** Of the drills' streak. */
export const drillDayLooks = {
  passed: { fill: 'bg-good', word: 'passed' },
  failed: { fill: 'bg-bad', word: 'failed' },
  inconclusive: { fill: striped, word: 'inconclusive' },
  none: { fill: 'border border-line-strong bg-sunken', word: 'no drill' },
} satisfies Record<string, DayLook>
