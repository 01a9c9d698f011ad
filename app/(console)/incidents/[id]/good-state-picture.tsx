import type { IncidentData } from './incident-screen.tsx'

type State = NonNullable<IncidentData['incident']['lastGoodState']>

const width = 640
const height = 92
const left = 8
const right = width - 8
const axisY = 46

/** Backups, their proof and the loss on one axis of time. The same on the server and in the browser: it knows no clock. */
export function GoodStatePicture({ state }: { state: State }) {
  const loss = Date.parse(state.lossAt)
  const good = state.at === null ? null : Date.parse(state.at)
  const end = Math.max(loss, Date.parse(state.computedAt))
  const moments = [...state.backups.map(({ takenAt }) => Date.parse(takenAt)), good ?? loss, loss]
  const start = Math.min(...moments)
  const spanMs = Math.max(end - start, 60_000)
  // The stretch before the loss gets most of the room: what came after is one colour.
  const at = (moment: number): number => left + ((moment - start) / spanMs) * (right - left)
  const proven = state.backups.filter(({ verification }) => verification === 'facts-proven').length
  const summary = `${state.backups.length} copies, ${proven} of them proven; ${good === null ? 'no good state known' : 'the last good state'} before the loss`
  return (
    <figure>
      <svg viewBox={`0 0 ${width} ${height}`} role="img" aria-label={summary} className="w-full min-w-0">
        <rect
          x={at(loss)}
          y={axisY - 12}
          width={Math.max(at(end) - at(loss), 1)}
          height={24}
          className="fill-bad-tint"
        />
        {good === null ? null : (
          <rect
            x={at(start)}
            y={axisY - 12}
            width={Math.max(at(good) - at(start), 1)}
            height={24}
            className="fill-good-tint"
          />
        )}
        <line x1={left} x2={right} y1={axisY} y2={axisY} className="stroke-line-strong" strokeWidth={1.5} />
        {state.backups.map((backup) => (
          <Copy key={backup.id} x={at(Date.parse(backup.takenAt))} backup={backup} />
        ))}
        {state.drills.map((drill) => (
          <path
            key={`${drill.backupId}${drill.at}`}
            d={diamond(Math.min(Math.max(at(Date.parse(drill.at)), left), right), axisY - 22, 5)}
            className={drill.verdict === 'passed' ? 'fill-good' : 'fill-bad'}
          />
        ))}
        {good === null ? null : (
          <Mark x={at(good)} word="last good" className="stroke-good fill-good" below />
        )}
        <Mark x={at(loss)} word="loss" className="stroke-bad fill-bad" />
      </svg>
      <figcaption className="flex flex-wrap gap-x-4 gap-y-1 text-xs text-ink-faint">
        <span>
          <Dot className="fill-good stroke-good" /> proven copy
        </span>
        <span>
          <Dot className="fill-surface stroke-ink-soft" /> copy, not proven
        </span>
        <span>
          <svg aria-hidden viewBox="0 0 10 10" className="inline size-2.5">
            <path d={diamond(5, 5, 4)} className="fill-good" />
          </svg>{' '}
          passed drill
        </span>
      </figcaption>
    </figure>
  )
}

const diamond = (x: number, y: number, r: number): string =>
  `M${x} ${y - r}L${x + r} ${y}L${x} ${y + r}L${x - r} ${y}Z`

function Copy({ x, backup }: { x: number; backup: State['backups'][number] }) {
  const look =
    backup.verification === 'facts-proven' ? 'fill-good stroke-good' : 'fill-surface stroke-ink-soft'
  return backup.kind === 'snapshot' ? (
    <rect x={x - 4} y={axisY - 4} width={8} height={8} className={look} strokeWidth={1.5} />
  ) : (
    <circle cx={x} cy={axisY} r={5} className={look} strokeWidth={1.5} />
  )
}

function Mark({
  x,
  word,
  className,
  below = false,
}: {
  x: number
  word: string
  className: string
  below?: boolean
}) {
  const isRight = x > width / 2
  return (
    <g className={className}>
      <line x1={x} x2={x} y1={axisY - 18} y2={axisY + 18} strokeWidth={2} />
      <text
        x={isRight ? x - 4 : x + 4}
        y={below ? axisY + 34 : axisY - 32}
        textAnchor={isRight ? 'end' : 'start'}
        className="stroke-none text-[13px]"
      >
        {word}
      </text>
    </g>
  )
}

const Dot = ({ className }: { className: string }) => (
  <svg aria-hidden viewBox="0 0 10 10" className="inline size-2.5">
    <circle cx={5} cy={5} r={4} className={className} strokeWidth={1.5} />
  </svg>
)
