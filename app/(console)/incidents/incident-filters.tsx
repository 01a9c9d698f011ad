'use client'

import { useRouter } from 'next/navigation'
import { Checkbox, Select } from '#components/ui/field.tsx'
import { incidentKinds, kindTitles, severities } from '#lib/incidents/types.ts'
import type { IncidentsData } from './incidents-screen.tsx'

/** Which incidents are listed; it stays in the address. */
export function IncidentFilters({ data: { target, filter } }: { data: IncidentsData }) {
  const router = useRouter()
  const show = (change: Record<string, string | undefined>) => {
    const asked = {
      target: target?.name,
      scope: target ? undefined : 'all',
      kind: filter.kind,
      severity: filter.severity,
      open: filter.openOnly ? '1' : undefined,
      ...change,
    }
    const known = Object.entries(asked).filter((entry): entry is [string, string] => Boolean(entry[1]))
    router.replace(`/incidents?${new URLSearchParams(known)}`, { scroll: false })
  }
  return (
    <div className="flex flex-wrap items-center gap-2 border-b border-line px-4 py-2" data-no-print>
      <Select
        aria-label="Kind"
        className="w-auto"
        value={filter.kind ?? ''}
        onChange={({ target: { value } }) => show({ kind: value || undefined })}
      >
        <option value="">Every kind</option>
        {incidentKinds.map((kind) => (
          <option key={kind} value={kind}>
            {kindTitles[kind]}
          </option>
        ))}
      </Select>
      <Select
        aria-label="Severity"
        className="w-auto"
        value={filter.severity ?? ''}
        onChange={({ target: { value } }) => show({ severity: value || undefined })}
      >
        <option value="">Every severity</option>
        {severities.toReversed().map((severity) => (
          <option key={severity}>{severity}</option>
        ))}
      </Select>
      <Checkbox
        label="Only open"
        checked={filter.openOnly}
        onChange={({ target: { checked } }) => show({ open: checked ? '1' : undefined })}
      />
      {target ? (
        <Checkbox
          label="Every database"
          checked={false}
          onChange={() => show({ scope: 'all', target: undefined })}
        />
      ) : (
        <Checkbox label="Every database" checked onChange={() => show({ scope: undefined })} />
      )}
    </div>
  )
}
