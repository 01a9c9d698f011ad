'use server'

import { action } from '#app/_web/action.ts'
import { discardDraft } from '#lib/restores/discard-draft.ts'
import { reopenRestore } from '#lib/restores/reopen-restore.ts'
import { requestDraft } from '#lib/restores/request-draft.ts'
import { requestRestore } from '#lib/restores/request-restore.ts'
import { saveDraft } from '#lib/restores/save-draft.ts'

export async function requestRestoreAction(input: unknown) {
  return action(requestRestore, input)
}

export async function saveDraftAction(input: unknown) {
  return action(saveDraft, input)
}

export async function requestDraftAction(input: unknown) {
  return action(requestDraft, input)
}

export async function discardDraftAction(input: unknown) {
  return action(discardDraft, input)
}

export async function reopenRestoreAction(input: unknown) {
  return action(reopenRestore, input)
}
