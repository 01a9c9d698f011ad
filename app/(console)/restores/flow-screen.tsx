'use client'

import Link from 'next/link'
import { useRouter } from 'next/navigation'
import type { Loaded, ReadData } from '#app/_web/read.ts'
import { useAction } from '#app/_web/use-action.ts'
import { useLoaded } from '#app/_web/use-loaded.ts'
import type { Wire } from '#app/_web/wire.ts'
import { ActStepper } from '#components/operations/act-stepper.tsx'
import { PageTarget } from '#components/shell/shell-context.tsx'
import { Panel } from '#components/ui/card.tsx'
import { PageHeader } from '#components/ui/page-header.tsx'
import { can } from '#lib/auth/permissions.ts'
import type { Refusal } from '#lib/errors.ts'
import type { DraftChoices, DraftStep } from '#lib/restores/drafts/draft-choices.ts'
import { requestDraftAction, saveDraftAction } from './actions.ts'
import { stepsOf } from './draft-steps.ts'
import { LostStep } from './lost-step.tsx'
import type { draftRead } from './queries.ts'
import { SourceStep } from './source-step.tsx'
import { WhereStep } from './where-step.tsx'
import { WhyStep } from './why-step.tsx'

export type FlowData = Wire<ReadData<typeof draftRead>>

/** What a step hands on: itself saved, then the next one. */
export interface StepProps {
  data: FlowData
  choices: DraftChoices
  pending: boolean
  refusal: Refusal | null
  /** Where “back” leads; null at the first step. */
  back: string | null
  save(
    chosen: DraftChoices,
    to: { next: DraftStep | 'plan'; reason?: string; incidentId?: string | null },
  ): void
}

const backTo: Record<DraftStep, DraftStep | null> = {
  why: null,
  lost: 'why',
  source: 'lost',
  where: 'source',
}

const stepViews = { why: WhyStep, lost: LostStep, source: SourceStep, where: WhereStep }

/** A restore as it is chosen, one step a screen. Each step is kept before the next one opens. */
export function FlowScreen({
  loaded,
  step,
  begun,
}: {
  loaded: Loaded<ReadData<typeof draftRead>>
  step: DraftStep
  /** What is known before there is a draft. */
  begun: DraftChoices
}) {
  const { data } = useLoaded(loaded)
  const { draft, target } = data
  const router = useRouter()
  const saving = useAction(saveDraftAction, { quiet: true })
  const asking = useAction(requestDraftAction, { quiet: true })
  const choices = draft?.choices ?? begun

  const save: StepProps['save'] = async (chosen, { next, reason, incidentId }) => {
    const saved = await saving.run({
      draftId: draft?.id ?? null,
      targetId: target.id,
      incidentId: incidentId === undefined ? data.incidentId : incidentId,
      step: next === 'plan' ? 'where' : next,
      reason: reason ?? draft?.reason ?? '',
      choices: { ...choices, ...chosen },
    })
    if (!saved?.ok) return
    const { draftId } = saved.value
    if (next !== 'plan') return router.push(`/restores/${draftId}?step=${next}`)
    const asked = await asking.run({ draftId })
    if (asked?.ok) router.push(`/operations/${asked.value.operationId}`)
  }

  const View = stepViews[step]
  const back = backTo[step]
  return (
    <>
      <PageTarget name={target.name} />
      <PageHeader
        title={`Restore ${target.name}`}
        about="Nothing is written before a second person has approved the exact plan. Each step is kept: you can go on later, on another machine too."
      />
      <div className="grid items-start gap-4 lg:grid-cols-[14rem_minmax(0,1fr)]">
        <div className="lg:sticky lg:top-20">
          <ActStepper label="Steps of the restore" steps={stepsOf(data, step)} />
        </div>
        <div className="grid min-w-0 max-w-3xl gap-4">
          <WaitingNote data={data} />
          {can(data.role, 'restores.draft') ? (
            <View
              key={`${step}-${draft?.id}-${draft?.choices.lostSince}`}
              data={data}
              choices={choices}
              pending={saving.pending || asking.pending}
              refusal={saving.refusal ?? asking.refusal}
              back={draft && back ? `/restores/${draft.id}?step=${back}` : null}
              save={save}
            />
          ) : (
            <Panel title="Only to be looked at">
              <p className="text-sm text-ink-soft">
                Planning a restore takes an admin or a commander. What was lost stands on{' '}
                <Link
                  href={`/restores?target=${encodeURIComponent(target.name)}`}
                  className="text-accent hover:underline"
                >
                  Restore
                </Link>
                .
              </p>
            </Panel>
          )}
        </div>
      </div>
    </>
  )
}

const alive = ['requested', 'planned', 'awaiting-approval', 'approved']

/** Who came back from a plan is told that it still stands. */
function WaitingNote({ data: { draft } }: { data: FlowData }) {
  if (!draft?.operationId || !draft.operationStatus || !alive.includes(draft.operationStatus)) return null
  return (
    <p role="status" className="rounded-md border border-warn/50 bg-warn-tint px-4 py-2.5 text-sm">
      <Link href={`/operations/${draft.operationId}`} className="font-medium text-accent hover:underline">
        The plan made from these choices
      </Link>{' '}
      is still there ({draft.operationStatus.replaceAll('-', ' ')}). Asking again with other choices cancels
      it.
    </p>
  )
}
