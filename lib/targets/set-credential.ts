import { and, eq, ne, sql } from 'drizzle-orm'
import { targetCredentials, targets } from '#drizzle/schema/targets.ts'
import { findDenial } from '#lib/auth/find-denial.ts'
import type { Ctx } from '#lib/context.ts'
import { done, type Outcome, refuse } from '#lib/errors.ts'
import type { KeyRing } from '#lib/keys.ts'
import { refuseControlTarget } from '#lib/targets/control-target.ts'
import { firstAnswer } from '#lib/targets/explain-connection-error.ts'
import { identifyTarget, isControlDatabase, placeOf } from '#lib/targets/identify-target.ts'
import { type SetCredentialInput, setCredentialInput } from '#lib/targets/input.ts'
import { connectToUrl } from '#lib/targets/open-target.ts'
import { credentialPlace, findTargetByName } from '#lib/targets/queries.ts'
import { refuseUnknownTarget } from '#lib/targets/refuse-unknown-target.ts'
import { formatPlace, formatTargetUrl, parseTargetUrl } from '#lib/targets/target-url.ts'
import type { Target } from '#lib/targets/types.ts'
import { defineVerb, type Verb } from '#lib/verb.ts'

interface Accepted {
  target: Target
  url: string
  roleName: string
  /** Where it turned out to be, for a target that was known from its archives alone. */
  place: Partial<typeof targets.$inferInsert> | null
  keys: KeyRing
}

const action = 'targets.set-credential'

/**
 * Gives one of Holdfast's roles its own URL in a target, or replaces it, after connecting with it.
 * Safe to repeat. A URL that leads to another database than the registered one is refused, except for the owner's when the
 * database was moved, or is known from its archives alone: from then on it is where that URL leads.
 */
export const setCredential: Verb<{ role: string; roleName: string }> = async (ctx, input) => {
  const parsed = setCredentialInput.safeParse(input)
  const denied = await findDenial(ctx, action)
  const accepted = denied || !parsed.success ? null : await accept(ctx, parsed.data)

  return defineVerb<SetCredentialInput, { role: string; roleName: string }>({
    action,
    input: setCredentialInput,
    async act({ tx, actorText }, { name, role }) {
      if (!accepted) throw new Error('unreachable: the verb refuses before it acts')
      if (!accepted.ok) return accepted
      const { target, url, roleName, place, keys } = accepted.value
      const sealed = {
        sealedUrl: keys.seal(url, credentialPlace(target.id, role)),
        keyId: keys.keyId,
        setBy: actorText,
      }
      await tx
        .insert(targetCredentials)
        .values({ targetId: target.id, role, ...sealed })
        .onConflictDoUpdate({
          target: [targetCredentials.targetId, targetCredentials.role],
          set: { ...sealed, setAt: sql`now()` },
        })
      if (place) {
        // What the other roles had leads to where it was.
        await tx
          .delete(targetCredentials)
          .where(and(eq(targetCredentials.targetId, target.id), ne(targetCredentials.role, 'owner')))
        await tx
          .update(targets)
          .set({ ...place, status: 'reachable', statusAt: sql`now()` })
          .where(eq(targets.id, target.id))
      }
      return {
        value: { role, roleName },
        audit: {
          subject: `target:${name}`,
          target: name,
          detail: {
            role,
            roleName,
            ...(place ? { movedTo: `${place.host}:${place.port}/${place.databaseName}` } : {}),
          },
        },
        changed: ['targets'],
      }
    },
  })(ctx, input)
}

async function accept(ctx: Ctx, { name, role, url, moved }: SetCredentialInput): Promise<Outcome<Accepted>> {
  const target = await findTargetByName(ctx.db, name)
  if (!target) return refuseUnknownTarget(name)
  const controlRefusal = refuseControlTarget(target, 'its credential follows DATABASE_URL by itself')
  if (controlRefusal) return controlRefusal
  if (!ctx.keys) {
    return refuse(
      'key-not-here',
      'This process may not open a target.',
      `Set it on the host: holdfast targets credential ${name} ROLE --url postgresql://…`,
    )
  }
  const parsed = parseTargetUrl(url)
  if (!parsed.ok) return parsed
  const address = parsed.value
  const [record] = await ctx.db
    .select({ status: targets.status })
    .from(targets)
    .where(eq(targets.id, target.id))
  // Known from its archives alone: where it is now is what this URL says.
  const isNew = role === 'owner' && (moved || record?.status === 'needs-credentials')
  const elsewhere =
    address.host !== target.host || address.port !== target.port || address.database !== target.databaseName
  if (elsewhere && !isNew) {
    return refuse(
      'credential-elsewhere',
      `That URL leads to ${formatPlace(address)}, but “${name}” is ${target.host}:${target.port}/${target.databaseName}.`,
      `Every role of a target uses the same host, port and database. If it was moved or restored there: holdfast targets credential ${name} owner --url … --moved`,
    )
  }
  const session = connectToUrl(formatTargetUrl(address), 'watch', { purpose: 'set credential' })
  try {
    const identity = await firstAnswer(identifyTarget(session), formatPlace(address))
    if (await isControlDatabase(ctx.db, identity)) {
      return refuse('target-is-control', 'That URL leads to Holdfast’s own database.')
    }
    const place = placeOf(address, identity)
    const { roleName } = identity
    return done({
      target,
      url: formatTargetUrl(address),
      roleName,
      place: isNew ? place : null,
      keys: ctx.keys,
    })
  } finally {
    await session.end({ timeout: 5 })
  }
}
