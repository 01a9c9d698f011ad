'use server'

import { action } from '#app/_web/action.ts'
import { requestKitTest } from '#lib/kit/request-kit-test.ts'

export async function requestKitTestAction(input: unknown) {
  return action(requestKitTest, input)
}
