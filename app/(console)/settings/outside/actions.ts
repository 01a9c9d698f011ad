'use server'

import { action } from '#app/_web/action.ts'
import { changeStatusPage } from '#lib/status/change-status-page.ts'
import { createAccessToken } from '#lib/status/create-access-token.ts'
import { revokeAccessToken } from '#lib/status/revoke-access-token.ts'

export async function changeStatusPageAction(input: unknown) {
  return action(changeStatusPage, input)
}

export async function createAccessTokenAction(input: unknown) {
  return action(createAccessToken, input)
}

export async function revokeAccessTokenAction(input: unknown) {
  return action(revokeAccessToken, input)
}
