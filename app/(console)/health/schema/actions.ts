'use server'

import { action } from '#app/_web/action.ts'
import { acceptSchemaChange } from '#lib/health/accept-schema-change.ts'

export async function acceptSchemaChangeAction(input: unknown) {
  return action(acceptSchemaChange, input)
}
