import { eq, sql } from 'drizzle-orm'
import { targets } from '#drizzle/schema/targets.ts'
import { findStepUpRefusal } from '#lib/auth/step-up.ts'
import { refuse } from '#lib/errors.ts'
import { refuseControlTarget } from '#lib/targets/control-target.ts'
import { listTargetHolders } from '#lib/targets/hold-target.ts'
import { removeTargetInput } from '#lib/targets/input.ts'
import { findTargetByName, removalOf } from '#lib/targets/queries.ts'
import { refuseUnknownTarget } from '#lib/targets/refuse-unknown-target.ts'
import { defineVerb } from '#lib/verb.ts'

/**
 * Stops protecting a target: its credentials are deleted and it leaves every list; history and archives stay.
 * What Holdfast installed in the database itself stays too (remove guards first). Safe to repeat: then it is not found.
 */
export const removeTarget = defineVerb({
  action: 'targets.remove',
  input: removeTargetInput,
  async act({ tx, actor }, { name, typedName, reason }) {
    const target = await findTargetByName(tx, name)
    if (!target) return refuseUnknownTarget(name)
    const controlRefusal = refuseControlTarget(target, 'it is never left without')
    if (controlRefusal) return controlRefusal
    if (typedName !== name) return refuse('invalid-input', 'The typed name is not the target’s name.')
    const unproved = await findStepUpRefusal(tx, actor, removalOf(name))
    if (unproved) return unproved
    const [hold] = await listTargetHolders(tx, target.id)
    if (hold) {
      return refuse(
        'target-busy',
        `“${name}” is in use: ${hold.purpose}, by ${hold.heldBy}.`,
        'Wait until it ends, or cancel it.',
      )
    }
    // Its credentials go with it, by a trigger: the web part has no right to them.
    await tx.update(targets).set({ removedAt: sql`now()` }).where(eq(targets.id, target.id))
    return {
      value: target,
      audit: { subject: `target:${name}`, target: name, ...(reason ? { reason } : {}) },
      changed: ['targets'],
    }
  },
})
