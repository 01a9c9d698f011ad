'use client'

import { Button } from '#components/ui/button.tsx'
import { Checkbox, Field, Input } from '#components/ui/field.tsx'

export interface StepDraft {
  afterMinutes: number
  channelIds: string[]
  rotationIds: string[]
}

const toggle = (list: string[], value: string, on: boolean): string[] =>
  on ? [...list.filter((each) => each !== value), value] : list.filter((each) => each !== value)

/** The steps of a route: when, and to whom. */
export function StepFields({
  steps,
  onChange,
  channels,
  rotations,
}: {
  steps: StepDraft[]
  onChange(steps: StepDraft[]): void
  channels: readonly { id: string; name: string; kind: string }[]
  rotations: readonly { id: string; name: string }[]
}) {
  const set = (index: number, changes: Partial<StepDraft>) =>
    onChange(steps.map((step, at) => (at === index ? { ...step, ...changes } : step)))
  const last = steps.at(-1)
  return (
    <div className="grid gap-3">
      {steps.map((step, index) => (
        <fieldset
          // biome-ignore lint/suspicious/noArrayIndexKey: a step is its place
          key={index}
          className="grid gap-2 rounded-md border border-line p-3"
        >
          <legend className="px-1 text-xs font-medium text-ink-soft">Step {index + 1}</legend>
          <Field label={index === 0 ? 'Minutes after it fired' : 'Minutes after the step before'}>
            <Input
              type="number"
              min={0}
              max={1_440}
              value={step.afterMinutes}
              onChange={({ target }) => set(index, { afterMinutes: Number(target.value) })}
            />
          </Field>
          {channels
            .filter(({ kind }) => kind !== 'heartbeat')
            .map(({ id, name }) => (
              <Checkbox
                key={id}
                label={name}
                checked={step.channelIds.includes(id)}
                onChange={({ target }) =>
                  set(index, { channelIds: toggle(step.channelIds, id, target.checked) })
                }
              />
            ))}
          {rotations.map(({ id, name }) => (
            <Checkbox
              key={id}
              label={`Whoever is on call in ${name}`}
              checked={step.rotationIds.includes(id)}
              onChange={({ target }) =>
                set(index, { rotationIds: toggle(step.rotationIds, id, target.checked) })
              }
            />
          ))}
          {steps.length > 1 ? (
            <Button
              size="small"
              className="justify-self-start"
              onClick={() => onChange(steps.filter((_, at) => at !== index))}
            >
              Remove this step
            </Button>
          ) : null}
        </fieldset>
      ))}
      <Button
        size="small"
        className="justify-self-start"
        disabled={steps.length >= 10 || !last}
        onClick={() => onChange([...steps, { afterMinutes: 15, channelIds: [], rotationIds: [] }])}
      >
        Then, if nobody acknowledges …
      </Button>
    </div>
  )
}
