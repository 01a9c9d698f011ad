'use client'

import dynamic from 'next/dynamic'
import { useState } from 'react'
import type { Loaded, ReadData } from '#app/_web/read.ts'
import { useAction } from '#app/_web/use-action.ts'
import { useLoaded } from '#app/_web/use-loaded.ts'
import type { Wire } from '#app/_web/wire.ts'
import { removeOverrideAction, removeRotationAction } from '#app/(console)/alerts/actions.ts'
import { AlertsSections } from '#app/(console)/alerts/alerts-sections.tsx'
import type { onCallRead } from '#app/(console)/alerts/on-call/queries.ts'
import { WeekStrip } from '#app/(console)/alerts/on-call/week-strip.tsx'
import { RemoveButton } from '#app/(console)/alerts/remove-button.tsx'
import { Button } from '#components/ui/button.tsx'
import { Card, Panel } from '#components/ui/card.tsx'
import { EmptyState } from '#components/ui/empty-state.tsx'
import { PageHeader } from '#components/ui/page-header.tsx'
import { Time } from '#components/ui/time.tsx'
import { can } from '#lib/auth/permissions.ts'
import { countOf } from '#lib/format/format-count.ts'

export type OnCallData = Wire<ReadData<typeof onCallRead>>
export type ShownRotation = OnCallData['rotations'][number]
export type ShownShift = ShownRotation['weeks'][number]['shifts'][number]

const RotationEditor = dynamic(
  () => import('./rotation-editor.tsx').then(({ RotationEditor }) => RotationEditor),
  { ssr: false },
)
const OverrideDialog = dynamic(
  () => import('./override-dialog.tsx').then(({ OverrideDialog }) => OverrideDialog),
  { ssr: false },
)

export function OnCallScreen({ loaded }: { loaded: Loaded<ReadData<typeof onCallRead>> }) {
  const { data } = useLoaded(loaded)
  const [edited, setEdited] = useState<ShownRotation | 'new' | null>(null)
  const [chosen, setChosen] = useState<{ rotation: ShownRotation; shift: ShownShift } | null>(null)
  const maySet = can(data.role, 'on-call.set-rotation')
  return (
    <>
      <PageHeader
        title="On call"
        about="Who is told when a route asks for a person. Handovers are at the same local time, also when the clocks change."
        actions={
          maySet ? (
            <Button variant="primary" onClick={() => setEdited('new')}>
              Add a rotation
            </Button>
          ) : null
        }
      />
      <AlertsSections here="on-call" />
      <div className="grid gap-4">
        {data.rotations.length === 0 ? (
          <Card>
            <EmptyState title="Nobody is on call">
              Alerts go to the channels of their routes alone. A rotation makes one person responsible at a
              time.
            </EmptyState>
          </Card>
        ) : (
          data.rotations.map((rotation) => (
            <RotationPanel
              key={rotation.id}
              rotation={rotation}
              data={data}
              maySet={maySet}
              onEdit={() => setEdited(rotation)}
              onChoose={(shift) => setChosen({ rotation, shift })}
            />
          ))
        )}
      </div>
      {edited ? (
        <RotationEditor
          key={edited === 'new' ? 'new' : edited.id}
          rotation={edited === 'new' ? null : edited}
          people={data.people}
          onClose={() => setEdited(null)}
        />
      ) : null}
      {chosen ? (
        <OverrideDialog
          key={chosen.shift.startsAt}
          rotation={chosen.rotation}
          shift={chosen.shift}
          people={data.people}
          onClose={() => setChosen(null)}
        />
      ) : null}
    </>
  )
}

function RotationPanel({
  rotation,
  data,
  maySet,
  onEdit,
  onChoose,
}: {
  rotation: ShownRotation
  data: OnCallData
  maySet: boolean
  onEdit(): void
  onChoose(shift: ShownShift): void
}) {
  const removeOverride = useAction(removeOverrideAction, { done: 'The rotation counts again' })
  const nameOf = (id: string | null) =>
    data.people.find((person) => person.id === id)?.name ?? 'somebody disabled'
  return (
    <Panel
      title={rotation.name}
      about={`Every ${rotation.shiftDays === 1 ? 'day' : countOf(rotation.shiftDays, 'day')}, in ${rotation.timeZone}: ${rotation.members.map(nameOf).join(', ')}`}
      actions={
        maySet ? (
          <>
            <Button size="small" onClick={onEdit}>
              Change
            </Button>
            <RemoveButton
              act={removeRotationAction}
              input={{ rotationId: rotation.id }}
              name={rotation.name}
              follows="Routes that name it tell nobody of it any more."
            />
          </>
        ) : null
      }
    >
      <p className="mb-3 text-sm">
        {rotation.onCall ? (
          <>
            Now <span className="font-semibold">{rotation.onCall.name}</span>
            {rotation.onCall.isOverride ? ' (stands in)' : ''}, until{' '}
            <Time at={rotation.onCall.until} exact />
          </>
        ) : (
          <span className="text-warn">Nobody is on call now.</span>
        )}
      </p>
      <WeekStrip rotation={rotation} people={data.people} onChoose={maySet ? onChoose : null} />
      {rotation.overrides.length > 0 ? (
        <ul className="mt-3 grid gap-1 text-sm">
          {rotation.overrides.map((override) => (
            <li key={override.id} className="flex flex-wrap items-center gap-x-3 gap-y-1">
              <span>
                {nameOf(override.userId)} stands in from <Time at={override.startsAt} exact /> until{' '}
                <Time at={override.endsAt} exact />
              </span>
              {maySet ? (
                <Button
                  size="small"
                  pending={removeOverride.pending}
                  onClick={() => void removeOverride.run({ overrideId: override.id })}
                >
                  Take back
                </Button>
              ) : null}
            </li>
          ))}
        </ul>
      ) : null}
    </Panel>
  )
}
