import type { ReadData } from '#app/_web/read.ts'
import type { Wire } from '#app/_web/wire.ts'
import { TimeSeriesChart } from '#components/charts/time-series-chart.tsx'
import { Badge } from '#components/ui/badge.tsx'
import { Panel, Stat } from '#components/ui/card.tsx'
import { Bytes } from '#components/ui/numbers.tsx'
import { Refusal } from '#components/ui/refusal.tsx'
import { StatusDot } from '#components/ui/status-dot.tsx'
import { Table } from '#components/ui/table.tsx'
import { Time } from '#components/ui/time.tsx'
import { ForecastWords } from './forecast-words.tsx'
import type { storageRead } from './queries.ts'

type Store = Wire<ReadData<typeof storageRead>>['stores'][number]

function Growth({ store }: { store: Store }) {
  const { measurements } = store
  if (measurements.length < 2) {
    return (
      <p className="text-sm text-ink-soft">
        {measurements.length === 0
          ? 'It has not been measured yet.'
          : 'It has been measured once; a chart needs two days.'}
      </p>
    )
  }
  const capacity =
    store.usedBytes !== null && store.freeBytes !== null ? store.usedBytes + store.freeBytes : null
  return (
    <TimeSeriesChart
      label={`What ${store.name} holds`}
      format="bytes"
      height={150}
      series={[
        {
          key: 'used',
          label: 'Used',
          points: measurements.map(({ measuredAt, usedBytes }) => ({ at: measuredAt, value: usedBytes })),
        },
      ]}
      {...(capacity === null ? {} : { limit: { value: capacity, label: 'full' } })}
    />
  )
}

/** One store: what it holds of whom, how that grows, and when it will be full. */
export function StorePanel({ store, isUsed }: { store: Store; isUsed: boolean }) {
  const unreachable = store.status === 'unreachable'
  return (
    <Panel
      title={
        <span className="flex flex-wrap items-center gap-x-2">
          {store.name}
          <span className="font-normal">
            <StatusDot status={store.status} />
          </span>
          {isUsed ? null : <Badge>not in this policy</Badge>}
        </span>
      }
      about={<span className="break-all">{store.place}</span>}
    >
      <div className="grid gap-3">
        {unreachable ? (
          <>
            <p className="text-sm">
              Unreachable since <Time at={store.statusAt} />. What it holds is not known now, so nothing
              expires anywhere.
            </p>
            <Refusal of={store.error ? { reason: store.error.message, hint: store.error.hint } : null} />
          </>
        ) : null}
        <div className="grid grid-cols-2 gap-4">
          <Stat label="Used" value={<Bytes of={store.usedBytes} />} note="all that lies there" />
          <Stat
            label="Free"
            value={store.freeBytes === null ? 'not known' : <Bytes of={store.freeBytes} />}
          />
        </div>
        <Growth store={store} />
        <p className="text-sm text-ink-soft">
          <ForecastWords forecast={store.forecast} />
        </p>
        {store.targets.length > 0 ? (
          <Table
            label={`Targets in ${store.name}`}
            rows={store.targets}
            rowKey={({ targetId }) => targetId}
            columns={[
              { key: 'target', head: 'Target', lead: true, cell: ({ name }) => name },
              { key: 'copies', head: 'Archives', align: 'right', cell: ({ copies }) => copies },
              { key: 'bytes', head: 'Size', align: 'right', cell: ({ bytes }) => <Bytes of={bytes} /> },
            ]}
          />
        ) : (
          <p className="text-sm text-ink-soft">No archive lies there.</p>
        )}
      </div>
    </Panel>
  )
}
