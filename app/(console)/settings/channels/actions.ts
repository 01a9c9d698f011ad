'use server'

import { action } from '#app/_web/action.ts'
import { addChannel } from '#lib/channels/add-channel.ts'
import { changeChannel } from '#lib/channels/change-channel.ts'
import { removeChannel } from '#lib/channels/remove-channel.ts'
import { requestChannelTest } from '#lib/channels/request-channel-test.ts'
import { resendDelivery } from '#lib/channels/resend-delivery.ts'
import { setFallback } from '#lib/channels/set-fallback.ts'

export async function addChannelAction(input: unknown) {
  return action(addChannel, input)
}

export async function changeChannelAction(input: unknown) {
  return action(changeChannel, input)
}

export async function removeChannelAction(input: unknown) {
  return action(removeChannel, input)
}

export async function requestChannelTestAction(input: unknown) {
  return action(requestChannelTest, input)
}

export async function resendDeliveryAction(input: unknown) {
  return action(resendDelivery, input)
}

export async function setFallbackAction(input: unknown) {
  return action(setFallback, input)
}
