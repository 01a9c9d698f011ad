'use server'

import { action } from '#app/_web/action.ts'
import { discardDraft } from '#lib/restores/drafts/discard-draft.ts'
import { reopenRestore } from '#lib/restores/drafts/reopen-restore.ts'
import { requestDraft } from '#lib/restores/drafts/request-draft.ts'
import { saveDraft } from '#lib/restores/drafts/save-draft.ts'
import { requestRestore } from '#lib/restores/request-restore.ts'

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
