import { findRoute, type Route } from '#lib/alerts/routes/route-rule.ts'
import { findSilence, type SilenceRule } from '#lib/alerts/silences/silence-rule.ts'
import { type WindowRule, windowsInEffect } from '#lib/alerts/windows/window-rule.ts'
import type { Routed } from '#lib/on-call/route-match.ts'
import { type OverrideRule, type RotationRule, shiftAt } from '#lib/on-call/shift.ts'
import { planRecipients } from './recipients.ts'

export interface TellingPlan {
  routes: readonly Route[]
  channels: readonly { id: string; name: string; kind: string; reachesAll?: boolean }[]
  rotations: readonly (RotationRule & { id: string; name: string; overrides: readonly OverrideRule[] })[]
  people: readonly { id: string; name: string }[]
  silences: readonly SilenceRule[]
  windows: readonly WindowRule[]
}

export interface ExplainedStep {
  /** From 1. */
  step: number
  at: Date
  kind: 'fired' | 'escalated' | 'reminded'
  tells: string[]
  /** Whom it does not reach, and why. */
  missing: string[]
  /** The window that it waited for. */
  heldBy: string | null
}

export interface Explanation {
  route: { id: string; name: string } | null
  /** What keeps it quiet at first. */
  silence: { reason: string; until: Date } | null
  steps: ExplainedStep[]
  /** It begins again so long after the last step; null: it does not. */
  repeatMinutes: number | null
  tellsResolved: boolean
}

/** Where an alert stands on its way; absent: it fires now. */
export interface Progress {
  /** Steps that were done. */
  step: number
  nextStepAt: Date | null
}

const minuteMs = 60_000
/** Windows that follow each other without end would never let go. */
const mostMoves = 50

/**
 * Who would be told of an alert, and when, if it fired at this moment and nobody acknowledged it. A pure rule, the same parts
 * that telling is made of: the first route that matches, silences, windows that hold, who is on call at the time of each step.
 * For an alert that is on its way: what comes next.
 */
export function explainTelling(
  plan: TellingPlan,
  alert: Routed & { fingerprint: string },
  at: Date,
  progress?: Progress,
): Explanation {
  const route = findRoute(plan.routes, plan.channels, alert)
  const silence = findSilence(plan.silences, alert, at)
  const explained = {
    route: route && { id: route.id, name: route.name },
    silence: silence && { reason: silence.reason, until: silence.endsAt },
    repeatMinutes: route?.repeatMinutes ?? null,
    tellsResolved: route?.tellsResolved ?? false,
  }
  if (!route || (progress && !progress.nextStepAt)) return { ...explained, steps: [] }
  const steps: ExplainedStep[] = []
  const done = progress?.step ?? 0
  let dueMs = progress?.nextStepAt?.getTime() ?? at.getTime() + route.steps[0]!.afterMinutes * minuteMs
  const count = route.steps.length + (route.repeatMinutes === null ? 0 : 1)
  for (let index = done; index < Math.max(count, done + 1); index++) {
    const isAgain = index >= route.steps.length
    const step = route.steps[isAgain ? 0 : index]!
    const moved = whenTold(plan, alert, new Date(Math.max(dueMs, at.getTime())))
    const { recipients, missing } = planRecipients(
      step,
      plan.channels,
      plan.rotations,
      onCallAt(plan, moved.at),
    )
    const isFirst = index === 0
    steps.push({
      step: isAgain ? 1 : index + 1,
      at: moved.at,
      kind: isAgain ? 'reminded' : isFirst ? 'fired' : 'escalated',
      tells: recipients.map(({ who }) => who),
      missing,
      heldBy: moved.heldBy,
    })
    const next = route.steps[index + 1]
    const waitMinutes = next && !isAgain ? next.afterMinutes : route.repeatMinutes
    if (waitMinutes === null) break
    dueMs = moved.at.getTime() + (recipients.length === 0 && next ? 0 : waitMinutes * minuteMs)
  }
  return { ...explained, steps }
}

/** When silences and windows let it out. */
function whenTold(
  plan: TellingPlan,
  alert: Routed & { fingerprint: string },
  due: Date,
): { at: Date; heldBy: string | null } {
  let at = due
  let heldBy: string | null = null
  for (let moves = 0; moves < mostMoves; moves++) {
    const silence = findSilence(plan.silences, alert, at)
    const window = silence ? null : windowsInEffect(plan.windows, alert.targetId, at)[0]
    if (!silence && !window) break
    if (window) heldBy = window.window.title
    at = silence ? silence.endsAt : window!.endsAt
  }
  return { at, heldBy }
}

function onCallAt({ rotations, people }: TellingPlan, at: Date) {
  const available = new Set(people.map(({ id }) => id))
  return rotations.flatMap((rotation) => {
    const { userId } = shiftAt(rotation, rotation.overrides, available, at)
    const person = people.find(({ id }) => id === userId)
    return person
      ? { rotationId: rotation.id, rotation: rotation.name, userId: person.id, name: person.name }
      : []
  })
}
