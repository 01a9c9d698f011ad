import type { Ctx } from '#lib/context.ts'
import { type Refusal, refuse } from '#lib/errors.ts'
import { assertMayReach } from '#lib/outgoing-address.ts'
import type { ChannelPlace } from './input.ts'
import { addressOf } from './split-place.ts'

/**
 * Why a channel may not lead there, or null: as far as it can be seen before a name is resolved. Sending judges again, by
 * the address that it connects to.
 */
export function judgePlace(
  ctx: Ctx,
  place: ChannelPlace,
  allowPrivate: boolean,
): { refusal: Refusal } | null {
  if (allowPrivate && !ctx.keys) {
    return refuse(
      'private-by-operator',
      'Only the operator lets a channel reach the own network.',
      'At the host: holdfast channels add NAME … --allow-private',
    )
  }
  const { host, plain } = addressOf(place)
  try {
    assertMayReach(host, allowPrivate)
  } catch {
    return refuse(
      'address-forbidden',
      `${host} is not on the public internet.`,
      'A receiver in the own network is added by the operator at the host, with --allow-private.',
    )
  }
  if (plain && !allowPrivate) {
    return refuse(
      'plain-forbidden',
      'Without TLS everybody on the way reads it.',
      'Give an https:// address, or a mail server with TLS.',
    )
  }
  return null
}
