import { z } from 'zod'
import { restoreRequestInput } from '#lib/restores/input.ts'

export const draftSteps = ['why', 'lost', 'source', 'where'] as const
export type DraftStep = (typeof draftSteps)[number]

const places = ['copy', 'place', 'database'] as const

const choicesInput = z
  .strictObject({
    ...restoreRequestInput.shape,
    /** Copy and place as in a request; database: the whole database beside the live one. */
    into: z.enum(places),
    /** When the loss began, as the person sees it: what counts as lost, and which copy is near. */
    lostSince: z.iso.datetime({ offset: true }),
  })
  .partial()

/** A restore's request as far as it is chosen; what is absent is not chosen yet. */
export type DraftChoices = Partial<Omit<z.input<typeof restoreRequestInput>, 'into'>> & {
  into?: (typeof places)[number]
  lostSince?: string
}

/** Checked, and kept as it was given: the defaults of a request are filled in when it is asked for. */
export const draftChoicesInput = z.unknown().transform((given, context): DraftChoices => {
  const read = choicesInput.safeParse(given)
  if (read.success) return given as DraftChoices
  for (const { path, message } of read.error.issues)
    context.issues.push({ code: 'custom', input: given, path: [...path], message })
  return z.NEVER
})
