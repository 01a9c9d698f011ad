'use server'

import { action } from '#app/_web/action.ts'
import { requestDrill } from '#lib/backups/drills/request-drill.ts'
import { moveIncident } from '#lib/incidents/move-incident.ts'
import { noteIncident } from '#lib/incidents/note-incident.ts'
import { openIncident } from '#lib/incidents/open-incident.ts'
import { takeCommand } from '#lib/incidents/take-command.ts'

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

export async function requestIncidentDrillAction(input: unknown) {
  return action(requestDrill, input)
}
