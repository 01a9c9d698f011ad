'use client'

import { Input, Select } from '#components/ui/field.tsx'
import type { ShownAlert } from './alerts-screen.tsx'

export interface AlertFilter {
  severity: string
  area: string
  text: string
}

const order = ['INFO', 'WARNING', 'CRITICAL', 'EMERGENCY']

export const matchesFilter = (alert: ShownAlert, { severity, area, text }: AlertFilter): boolean =>
  (!severity || order.indexOf(alert.severity) >= order.indexOf(severity)) &&
  (!area || alert.area === area) &&
  (!text ||
    `${alert.title} ${alert.details} ${alert.fingerprint}`.toLowerCase().includes(text.trim().toLowerCase()))

/** Narrows what is shown; what is told does not change by it. */
export function AlertFilters({
  filter,
  onChange,
  alerts,
  shown,
}: {
  filter: AlertFilter
  onChange(filter: AlertFilter): void
  alerts: readonly ShownAlert[]
  shown: number
}) {
  const areas = [...new Set(alerts.map(({ area }) => area))].sort()
  return (
    <search className="mb-3 flex flex-wrap items-center gap-2 text-sm" data-no-print>
      <Select
        aria-label="Severity"
        className="!w-auto max-sm:!w-[calc(50%-0.25rem)]"
        value={filter.severity}
        onChange={({ target }) => onChange({ ...filter, severity: target.value })}
      >
        <option value="">Any severity</option>
        {order.slice(1).map((severity) => (
          <option key={severity} value={severity}>
            {severity} and worse
          </option>
        ))}
      </Select>
      <Select
        aria-label="Area"
        className="!w-auto max-sm:!w-[calc(50%-0.25rem)]"
        value={filter.area}
        onChange={({ target }) => onChange({ ...filter, area: target.value })}
      >
        <option value="">Every area</option>
        {areas.map((area) => (
          <option key={area} value={area}>
            {area}
          </option>
        ))}
      </Select>
      <Input
        aria-label="Words"
        type="search"
        placeholder="Words"
        className="!w-44 max-sm:!w-full"
        value={filter.text}
        onChange={({ target }) => onChange({ ...filter, text: target.value })}
      />
      {shown < alerts.length ? (
        <output className="text-ink-faint">
          {shown} of {alerts.length} shown
        </output>
      ) : null}
    </search>
  )
}
