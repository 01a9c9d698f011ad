import type { Wire } from '#app/_web/wire.ts'
import { Time } from '#components/ui/time.tsx'
import type { StorageForecast } from '#lib/backups/retention/storage-forecast.ts'
import { formatBytes } from '#lib/format/format-bytes.ts'

const growth = (bytesPerDay: number): string =>
  bytesPerDay > 0
    ? `It grows by ${formatBytes(bytesPerDay)} a day`
    : bytesPerDay < 0
      ? `It shrinks by ${formatBytes(-bytesPerDay)} a day`
      : 'It does not grow'

/** When a store will be full, and what that rests on. */
export function ForecastWords({ forecast }: { forecast: Wire<StorageForecast> }) {
  switch (forecast.kind) {
    case 'no-data':
      return (
        <>
          No forecast yet: it needs {forecast.needsDays} days of measurements, and there are {forecast.days}.
        </>
      )
    case 'no-limit':
      return <>{growth(forecast.bytesPerDay)}. The store does not say how much it can take.</>
    case 'not-in-sight':
      return <>{growth(forecast.bytesPerDay)}. It will not be full within five years if that goes on.</>
    case 'full':
      return (
        <>
          {growth(forecast.bytesPerDay)}. If that goes on it is full{' '}
          <span className="font-medium text-ink">
            <Time at={forecast.fullAt} /> (<Time at={forecast.fullAt} exact />)
          </span>
          .
        </>
      )
  }
}
