'use client'

import { useState } from 'react'
import { useAction } from '#app/_web/use-action.ts'
import { setRouteAction } from '#app/(console)/alerts/actions.ts'
import type { RoutesData, ShownRoute } from '#app/(console)/alerts/routes/routes-screen.tsx'
import { type StepDraft, StepFields } from '#app/(console)/alerts/routes/step-fields.tsx'
import { Button } from '#components/ui/button.tsx'
import { Dialog } from '#components/ui/dialog.tsx'
import { Checkbox, Field, Input, Select } from '#components/ui/field.tsx'
import { Refusal } from '#components/ui/refusal.tsx'

const environments = ['production', 'staging', 'development']

const toggle = (list: string[], value: string, on: boolean): string[] =>
  on ? [...list.filter((each) => each !== value), value] : list.filter((each) => each !== value)

export function RouteEditor({
  route,
  data,
  onClose,
}: {
  route: ShownRoute | null
  data: RoutesData
  onClose(): void
}) {
  const [name, setName] = useState(route?.name ?? '')
  const [severity, setSeverity] = useState<string>(route?.match.minimumSeverity ?? 'WARNING')
  const [targetIds, setTargetIds] = useState(route?.match.targetIds ?? [])
  const [inEnvironments, setInEnvironments] = useState(route?.match.environments ?? [])
  const [fingerprints, setFingerprints] = useState((route?.match.fingerprints ?? []).join(', '))
  const [steps, setSteps] = useState<StepDraft[]>(
    route?.steps ?? [{ afterMinutes: 0, channelIds: [], rotationIds: [] }],
  )
  const [repeats, setRepeats] = useState(route?.repeatMinutes?.toString() ?? '')
  const [tellsResolved, setTellsResolved] = useState(route?.tellsResolved ?? true)
  const { run, pending, refusal } = useAction(setRouteAction, {
    quiet: true,
    done: route ? 'The route is changed' : 'The route is made',
    onDone: onClose,
  })
  const save = () =>
    run({
      ...(route ? { routeId: route.id } : {}),
      name,
      match: {
        minimumSeverity: severity,
        targetIds,
        environments: inEnvironments,
        fingerprints: fingerprints
          .split(',')
          .map((beginning) => beginning.trim().replace(/\*$/, ''))
          .filter(Boolean),
      },
      steps,
      repeatMinutes: repeats ? Number(repeats) : null,
      tellsResolved,
    })
  return (
    <Dialog
      open
      onOpenChange={(open) => open || onClose()}
      side="right"
      title={route ? `Change “${route.name}”` : 'Add a route'}
      about="Alerts on their way along it follow it as it is from then on."
      footer={
        <>
          <Button onClick={onClose}>Do nothing</Button>
          <Button variant="primary" pending={pending} onClick={() => void save()}>
            {route ? 'Change' : 'Add'}
          </Button>
        </>
      }
    >
      <div className="grid gap-4">
        <Field label="Name">
          <Input value={name} maxLength={60} onChange={({ target }) => setName(target.value)} autoFocus />
        </Field>
        <Field label="Severity">
          <Select value={severity} onChange={({ target }) => setSeverity(target.value)}>
            {data.severities.map((each) => (
              <option key={each} value={each}>
                {each}
                {each === 'EMERGENCY' ? '' : ' and worse'}
              </option>
            ))}
          </Select>
        </Field>
        <Group legend="Databases" hint="None chosen: all of them, and Holdfast itself.">
          {data.targets.map(({ id, name: title }) => (
            <Checkbox
              key={id}
              label={title}
              checked={targetIds.includes(id)}
              onChange={({ target }) => setTargetIds(toggle(targetIds, id, target.checked))}
            />
          ))}
        </Group>
        <Group legend="Environments" hint="None chosen: every one.">
          {environments.map((each) => (
            <Checkbox
              key={each}
              label={each}
              checked={inEnvironments.includes(each)}
              onChange={({ target }) => setInEnvironments(toggle(inEnvironments, each, target.checked))}
            />
          ))}
        </Group>
        <Field label="Fingerprints that begin so" hint="With commas, such as guard:, backup: — empty: all.">
          <Input
            value={fingerprints}
            spellCheck={false}
            onChange={({ target }) => setFingerprints(target.value)}
          />
        </Field>
        <StepFields steps={steps} onChange={setSteps} channels={data.channels} rotations={data.rotations} />
        <Field label="Begin again, minutes after the last step" hint="Empty: the chain ends there.">
          <Input
            type="number"
            min={5}
            max={10_080}
            value={repeats}
            onChange={({ target }) => setRepeats(target.value)}
          />
        </Field>
        <Checkbox
          label="Tell those who were told when it is over"
          hint="Paging services are always told: they would keep it open."
          checked={tellsResolved}
          onChange={({ target }) => setTellsResolved(target.checked)}
        />
        <Refusal of={refusal} />
      </div>
    </Dialog>
  )
}

function Group({ legend, hint, children }: { legend: string; hint: string; children: React.ReactNode }) {
  return (
    <fieldset className="grid gap-1.5">
      <legend className="mb-1 text-xs font-medium text-ink-soft">{legend}</legend>
      {children}
      <p className="text-xs text-ink-faint">{hint}</p>
    </fieldset>
  )
}
