import { useId } from 'react'
import { Button } from '#components/ui/button.tsx'
import { Select } from '#components/ui/field.tsx'
import { kindWords } from './event-words.ts'
import type { EventFilterState, GuardEvents } from './use-guard-events.ts'

function Choice({
  label,
  all,
  value,
  choices,
  onChange,
}: {
  label: string
  /** What stands for no choice; without it one is always chosen. */
  all?: string
  value: string | undefined
  choices: { value: string; label: string }[]
  onChange(value: string | undefined): void
}) {
  const id = useId()
  // A value in force stays among the choices, also when its last event is older than what is offered.
  const known = value === undefined || choices.some((choice) => choice.value === value)
  return (
    <>
      <label htmlFor={id} className="sr-only">
        {label}
      </label>
      <Select
        id={id}
        className="w-auto max-w-56 max-sm:w-full max-sm:max-w-full"
        value={value === undefined ? '*' : `=${value}`}
        onChange={(event) => onChange(event.target.value === '*' ? undefined : event.target.value.slice(1))}
      >
        {all ? <option value="*">{all}</option> : null}
        {(known ? choices : [{ value: value ?? '', label: value ?? '' }, ...choices]).map((choice) => (
          <option key={choice.value} value={`=${choice.value}`}>
            {choice.label}
          </option>
        ))}
      </Select>
    </>
  )
}

const ranges = [
  { value: '1', label: 'last 24 hours' },
  { value: '7', label: 'last 7 days' },
  { value: '30', label: 'last 30 days' },
]

/** Narrows a lane to a table, a role or a kind, and sets what the chart spans. */
export function EventFilters({ of: events, name }: { of: GuardEvents; name: string }) {
  const { filter, setFilter, history, isFiltered, days, setDays } = events
  const choices = history?.choices
  const narrow = (change: EventFilterState | Record<string, undefined>) =>
    setFilter(
      Object.fromEntries(Object.entries({ ...filter, ...change }).filter(([, value]) => value !== undefined)),
    )
  return (
    <fieldset
      className="flex min-w-0 flex-wrap items-center gap-2 max-sm:grid max-sm:grid-cols-2"
      data-no-print
    >
      <legend className="sr-only">Filter {name}</legend>
      <Choice
        label="Table"
        all="every table"
        value={filter.table}
        choices={(choices?.tables ?? []).map((table) => ({ value: table, label: table }))}
        onChange={(table) => narrow({ table })}
      />
      <Choice
        label="Role"
        all="every role"
        value={filter.role}
        choices={(choices?.roles ?? []).map((role) => ({
          value: role ?? '',
          label: role ?? 'role not recorded',
        }))}
        onChange={(role) => narrow({ role })}
      />
      <Choice
        label="Kind"
        all="every kind"
        value={filter.kind}
        choices={(choices?.kinds ?? []).map((kind) => ({ value: kind, label: kindWords(kind) }))}
        onChange={(kind) => narrow({ kind })}
      />
      {isFiltered ? (
        <Button variant="ghost" onClick={() => setFilter({})}>
          Clear
        </Button>
      ) : null}
      <span className="ml-auto max-sm:ml-0">
        <Choice
          label="Chart of"
          value={String(days)}
          choices={ranges}
          onChange={(value) => setDays(Number(value ?? 1))}
        />
      </span>
    </fieldset>
  )
}
