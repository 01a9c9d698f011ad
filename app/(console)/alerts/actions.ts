'use server'

import { action } from '#app/_web/action.ts'
import { acknowledgeAlert } from '#lib/alerts/acknowledge-alert.ts'
import { resolveAlert } from '#lib/alerts/resolve-alert.ts'
import { moveRoute } from '#lib/alerts/routes/move-route.ts'
import { removeRoute } from '#lib/alerts/routes/remove-route.ts'
import { setRoute } from '#lib/alerts/routes/set-route.ts'
import { silenceAlert } from '#lib/alerts/silence-alert.ts'
import { addSilence } from '#lib/alerts/silences/add-silence.ts'
import { endSilence } from '#lib/alerts/silences/end-silence.ts'
import { addWindow } from '#lib/alerts/windows/add-window.ts'
import { cancelWindow } from '#lib/alerts/windows/cancel-window.ts'
import { addOverride } from '#lib/on-call/add-override.ts'
import { removeOverride } from '#lib/on-call/remove-override.ts'
import { removeRotation } from '#lib/on-call/remove-rotation.ts'
import { setRotation } from '#lib/on-call/set-rotation.ts'

export async function acknowledgeAlertAction(input: unknown) {
  return action(acknowledgeAlert, input)
}

export async function silenceAlertAction(input: unknown) {
  return action(silenceAlert, input)
}

export async function resolveAlertAction(input: unknown) {
  return action(resolveAlert, input)
}

export async function setRouteAction(input: unknown) {
  return action(setRoute, input)
}

export async function removeRouteAction(input: unknown) {
  return action(removeRoute, input)
}

export async function moveRouteAction(input: unknown) {
  return action(moveRoute, input)
}

export async function addWindowAction(input: unknown) {
  return action(addWindow, input)
}

export async function cancelWindowAction(input: unknown) {
  return action(cancelWindow, input)
}

export async function addSilenceAction(input: unknown) {
  return action(addSilence, input)
}

export async function endSilenceAction(input: unknown) {
  return action(endSilence, input)
}

export async function setRotationAction(input: unknown) {
  return action(setRotation, input)
}

export async function removeRotationAction(input: unknown) {
  return action(removeRotation, input)
}

export async function addOverrideAction(input: unknown) {
  return action(addOverride, input)
}

export async function removeOverrideAction(input: unknown) {
  return action(removeOverride, input)
}
