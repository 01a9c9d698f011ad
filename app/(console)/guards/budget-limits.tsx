'use client'

import { useId } from 'react'
import { Input } from '#components/ui/field.tsx'
import type { Budget } from '#lib/targets/policy.ts'

const scopes = [
  { name: 'one statement', rows: 'statementRows', percent: 'statementPercent' },
  { name: 'one transaction', rows: 'transactionRows', percent: 'transactionPercent' },
  { name: 'all in the window', rows: 'windowRows', percent: 'windowPercent' },
] as const

/** The limits of one budget. What is left empty comes from `inherited`, which stands in grey. */
export function BudgetLimits({
  legend,
  budget,
  inherited,
  onChange,
}: {
  legend: string
  budget: Budget
  inherited: Budget
  onChange(budget: Budget): void
}) {
  const id = useId()
  const field = (name: keyof Budget, label: string, step?: string) => (
    <Input
      id={`${id}-${name}`}
      aria-label={`${legend}: ${label}`}
      type="number"
      inputMode="decimal"
      min={name === 'windowMinutes' ? 1 : 0}
      max={name.endsWith('Percent') ? 100 : undefined}
      step={step ?? '1'}
      className="text-right"
      placeholder={inherited[name] === undefined ? 'no limit' : String(inherited[name])}
      value={budget[name] ?? ''}
      onChange={({ target }) => {
        const { [name]: _, ...others } = budget
        onChange(target.value === '' ? others : { ...others, [name]: Number(target.value) })
      }}
    />
  )
  return (
    <fieldset className="grid gap-1.5">
      <legend className="mb-1 text-xs font-medium text-ink-soft">{legend}</legend>
      <div className="grid grid-cols-[minmax(0,1.2fr)_minmax(0,1fr)_minmax(0,1fr)] items-center gap-x-2 gap-y-1.5 text-xs">
        <span />
        <span className="text-right text-ink-faint">rows</span>
        <span className="text-right text-ink-faint">% of the table</span>
        {scopes.map((scope) => (
          <div key={scope.name} className="contents">
            <span className="text-ink-soft">{scope.name}</span>
            {field(scope.rows, `rows in ${scope.name}`)}
            {field(scope.percent, `per cent in ${scope.name}`, 'any')}
          </div>
        ))}
        <span className="text-ink-soft">window, minutes</span>
        {field('windowMinutes', 'minutes of the window')}
        <span />
      </div>
    </fieldset>
  )
}
