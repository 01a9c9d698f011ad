import { z } from 'zod'
import { archiveIdentity, archiveRecipient, requireKeyRing } from '#lib/backups/archives/archive-identity.ts'
import { requireKeys } from '#lib/backups/archives/authenticate-archive.ts'
import { defineVerb } from '#lib/verb.ts'

const input = z.strictObject({
  /** Which key's identity; default: the current one. */
  keyId: z
    .string()
    .regex(/^[0-9a-f]{16}$/)
    .optional(),
  /** Where it goes, for the audit. */
  destination: z.string().min(1).max(4_096),
})

export interface ExportedIdentity {
  keyId: string
  recipient: string
  /** `AGE-SECRET-KEY-1…`: opens every archive of this key. */
  identity: string
}

/**
 * Gives out the secret that opens this installation's archives without Holdfast, to the operator at the terminal only.
 * Changes nothing but the audit, which has the entry before anybody has the secret. Safe to repeat.
 */
export const exportIdentity = defineVerb({
  action: 'keys.export-identity',
  input,
  async act({ ctx }, { keyId, destination }) {
    const keys = requireKeys(ctx)
    const ring = requireKeyRing(keys, keyId ?? keys.keyId)
    const value: ExportedIdentity = {
      keyId: ring.keyId,
      recipient: await archiveRecipient(ring),
      identity: archiveIdentity(ring),
    }
    const { recipient } = value
    return {
      value,
      audit: { subject: `key:${ring.keyId}`, detail: { recipient, destination } },
      changed: ['audit'],
    }
  },
})
