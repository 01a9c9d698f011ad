import { ExplainedSteps } from '#app/(console)/alerts/explained-steps.tsx'
import type { RoutesData } from '#app/(console)/alerts/routes/routes-screen.tsx'
import { Button } from '#components/ui/button.tsx'
import { Panel } from '#components/ui/card.tsx'
import { Field, Input, Select } from '#components/ui/field.tsx'

/** Who would be told of an alert that is not there, and when. A plain form: its address can be kept. */
export function WhatIf({ data }: { data: RoutesData }) {
  const { asked, explanation } = data
  return (
    <Panel title="What would happen?" about="Who would be told, and when, if nobody acknowledged it">
      <form method="get" action="/alerts/routes" className="grid gap-3 sm:grid-cols-2">
        <Field
          label="Fingerprint"
          className="sm:col-span-2"
          hint="For example health:rows.count:public.users"
        >
          <Input name="fingerprint" required defaultValue={asked?.fingerprint ?? ''} spellCheck={false} />
        </Field>
        <Field label="Severity">
          <Select name="severity" defaultValue={asked?.severity ?? 'CRITICAL'}>
            {data.severities.map((severity) => (
              <option key={severity}>{severity}</option>
            ))}
          </Select>
        </Field>
        <Field label="About">
          <Select name="about" defaultValue={asked?.targetId ?? data.targets[0]?.id ?? ''}>
            {data.targets.map(({ id, name }) => (
              <option key={id} value={id}>
                {name}
              </option>
            ))}
            <option value="">Holdfast itself</option>
          </Select>
        </Field>
        <Field label="At (UTC)" hint="Now, if empty">
          <Input type="datetime-local" name="at" defaultValue={asked?.at?.slice(0, 16) ?? ''} />
        </Field>
        <div className="flex items-end pb-5">
          <Button type="submit">Show</Button>
        </div>
      </form>
      {explanation ? (
        <div className="mt-3 border-t border-line pt-3" aria-live="polite">
          {explanation.route ? (
            <>
              <p className="mb-2 text-sm">
                Route <span className="font-medium">{explanation.route.name}</span>
              </p>
              <ExplainedSteps explanation={explanation} />
            </>
          ) : (
            <p className="text-sm">
              <span className="font-medium text-warn">Nobody would be told:</span>{' '}
              {data.routes.length === 0 ? 'there is no channel.' : 'no route matches.'}
            </p>
          )}
        </div>
      ) : null}
    </Panel>
  )
}
