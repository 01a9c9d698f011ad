'use server'

import { action } from '#app/_web/action.ts'
import { addWindow } from '#lib/alerts/windows/add-window.ts'
import { requestDrill } from '#lib/backups/drills/request-drill.ts'
import { requestBackup } from '#lib/backups/request-backup.ts'
import { requestGuardVerification } from '#lib/guards/request-guard-verification.ts'
import { requestHealth } from '#lib/health/request-health.ts'
import { assignIncident } from '#lib/incidents/assign-incident.ts'
import { moveIncident } from '#lib/incidents/move-incident.ts'
import { noteIncident } from '#lib/incidents/note-incident.ts'
import { openIncident } from '#lib/incidents/open-incident.ts'
import { pinEntry } from '#lib/incidents/pin-entry.ts'
import { rateIncident } from '#lib/incidents/rate-incident.ts'
import { takeCommand } from '#lib/incidents/take-command.ts'
import { tellStakeholders } from '#lib/incidents/tell-stakeholders.ts'
import { tickStep } from '#lib/incidents/tick-step.ts'
import { setStatusNotice } from '#lib/status/set-status-notice.ts'

export async function openIncidentAction(input: unknown) {
  return action(openIncident, input)
}

export async function noteIncidentAction(input: unknown) {
  return action(noteIncident, input)
}

export async function moveIncidentAction(input: unknown) {
  return action(moveIncident, input)
}

export async function takeCommandAction(input: unknown) {
  return action(takeCommand, input)
}

export async function assignIncidentAction(input: unknown) {
  return action(assignIncident, input)
}

export async function rateIncidentAction(input: unknown) {
  return action(rateIncident, input)
}

export async function pinEntryAction(input: unknown) {
  return action(pinEntry, input)
}

export async function tickStepAction(input: unknown) {
  return action(tickStep, input)
}

export async function tellStakeholdersAction(input: unknown) {
  return action(tellStakeholders, input)
}

export async function requestIncidentDrillAction(input: unknown) {
  return action(requestDrill, input)
}

export async function requestIncidentBackupAction(input: unknown) {
  return action(requestBackup, input)
}

export async function requestIncidentHealthAction(input: unknown) {
  return action(requestHealth, input)
}

export async function requestIncidentGuardsAction(input: unknown) {
  return action(requestGuardVerification, input)
}

export async function addIncidentWindowAction(input: unknown) {
  return action(addWindow, input)
}

export async function setIncidentNoticeAction(input: unknown) {
  return action(setStatusNotice, input)
}
