import { type Refusal, refuse } from '#lib/errors.ts'

export const longestSilenceDays = 30

/** Why a silence may not end then, or null. */
export function refuseSilenceEnd(until: Date): { refusal: Refusal } | null {
  const forMs = until.getTime() - Date.now()
  if (forMs <= 0) {
    return refuse('until-in-past', 'The silence would have ended already.', 'Choose a later end.')
  }
  if (forMs > longestSilenceDays * 86_400_000) {
    return refuse(
      'silence-too-long',
      `A silence lasts at most ${longestSilenceDays} days.`,
      'Choose an earlier end.',
    )
  }
  return null
}
