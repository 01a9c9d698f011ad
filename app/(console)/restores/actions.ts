'use server'

import { action } from '#app/_web/action.ts'
import { requestRestore } from '#lib/restores/request-restore.ts'

export async function requestRestoreAction(input: unknown) {
  return action(requestRestore, input)
}
