import { and, eq, isNull, sql } from 'drizzle-orm'
import { z } from 'zod'
import { policies, targetCredentials, targets } from '#drizzle/schema/targets.ts'
import { findDenial } from '#lib/auth/find-denial.ts'
import type { Ctx } from '#lib/context.ts'
import { done, type Outcome, refuse } from '#lib/errors.ts'
import type { KeyRing } from '#lib/keys.ts'
import { controlPolicy, controlTargetName } from '#lib/targets/control-target.ts'
import { firstAnswer } from '#lib/targets/explain-connection-error.ts'
import {
  identifyTarget,
  isControlDatabase,
  placeOf,
  type TargetIdentity,
} from '#lib/targets/identify-target.ts'
import { listTables } from '#lib/targets/introspect.ts'
import { connectToUrl } from '#lib/targets/open-target.ts'
import { credentialPlace } from '#lib/targets/queries.ts'
import { formatPlace, formatTargetUrl, parseTargetUrl, type TargetAddress } from '#lib/targets/target-url.ts'
import { defineVerb, type Verb } from '#lib/verb.ts'

const keepControlInput = z.strictObject({ url: z.string().min(1).max(4_000) })

export interface KeptControlTarget {
  targetId: string
  change: 'added' | 'moved' | null
}

interface Seen {
  address: TargetAddress
  identity: TargetIdentity
  tables: number
  keys: KeyRing
}

const action = 'targets.keep-control'

/**
 * Sees to it that Holdfast's own database is a target with a policy, and that its credential leads to where it is now: the
 * embedded server may have taken another port. Safe to repeat; what is as it should be is not written again.
 */
export const keepControlTarget: Verb<KeptControlTarget> = async (ctx, input) => {
  const parsed = keepControlInput.safeParse(input)
  const denial = await findDenial(ctx, action)
  const seen = denial || !parsed.success ? null : await look(ctx, parsed.data.url)

  return defineVerb<z.output<typeof keepControlInput>, KeptControlTarget>({
    action,
    input: keepControlInput,
    async act({ tx, actorText }) {
      if (!seen) throw new Error('unreachable: the verb refuses before it acts')
      if (!seen.ok) return seen
      const { address, identity, keys, tables } = seen.value
      const url = formatTargetUrl(address)
      const place = placeOf(address, identity)
      // Two processes that start at once find the same row, not each its own.
      await tx.execute(sql`select pg_advisory_xact_lock(hashtext('holdfast:control-target'))`)
      const [known] = await tx
        .select()
        .from(targets)
        .where(and(eq(targets.name, controlTargetName), isNull(targets.removedAt)))
      const seal = (targetId: string) => ({
        sealedUrl: keys.seal(url, credentialPlace(targetId, 'owner')),
        keyId: keys.keyId,
        setBy: actorText,
      })
      const record = (targetId: string, change: KeptControlTarget['change']) => ({
        value: { targetId, change },
        audit: change && {
          subject: `target:${controlTargetName}`,
          target: controlTargetName,
          detail: { change, place: formatPlace(address), serverVersion: identity.serverVersion },
        },
        changed: change ? (['targets'] as const) : [],
      })
      if (!known) {
        const [made] = await tx
          .insert(targets)
          .values({
            ...place,
            name: controlTargetName,
            kind: 'control',
            environment: 'production',
            tableCount: tables,
            createdBy: actorText,
          })
          .returning({ id: targets.id })
        const targetId = made!.id
        await tx.insert(targetCredentials).values({ targetId, role: 'owner', ...seal(targetId) })
        await tx
          .insert(policies)
          .values({ targetId, version: 1, document: controlPolicy(), appliedBy: actorText })
        return record(targetId, 'added')
      }
      const [credential] = await tx
        .select()
        .from(targetCredentials)
        .where(and(eq(targetCredentials.targetId, known.id), eq(targetCredentials.role, 'owner')))
      const same =
        Object.entries(place).every(([name, value]) => known[name as keyof typeof place] === value) &&
        credential !== undefined &&
        opens(keys, credential.sealedUrl, known.id) === url
      if (same) return record(known.id, null)
      await tx
        .update(targets)
        .set({ ...place, tableCount: tables, status: 'reachable' })
        .where(eq(targets.id, known.id))
      const sealed = seal(known.id)
      await tx
        .insert(targetCredentials)
        .values({ targetId: known.id, role: 'owner', ...sealed })
        .onConflictDoUpdate({
          target: [targetCredentials.targetId, targetCredentials.role],
          set: { ...sealed, setAt: sql`now()` },
        })
      return record(known.id, 'moved')
    },
  })(ctx, input)
}

function opens(keys: KeyRing, sealed: string, targetId: string): string | null {
  try {
    return keys.open(sealed, credentialPlace(targetId, 'owner'))
  } catch {
    // Sealed with an earlier key: sealed again with this one.
    return null
  }
}

async function look(ctx: Ctx, given: string): Promise<Outcome<Seen>> {
  if (!ctx.keys) return refuse('key-not-here', 'This process may not open a target.')
  const parsed = parseTargetUrl(given)
  if (!parsed.ok) return parsed
  // As Holdfast itself reaches it: a pool of its own takes TLS only where the URL asks for it.
  const asked = /[?&]sslmode=/.test(given)
  const address: TargetAddress = asked ? parsed.value : { ...parsed.value, sslMode: 'prefer' }
  const session = connectToUrl(formatTargetUrl(address), 'watch', { purpose: 'control target' })
  try {
    const identity = await firstAnswer(identifyTarget(session), formatPlace(address))
    if (!(await isControlDatabase(ctx.db, identity))) {
      return refuse('not-control', `${formatPlace(address)} is not the control database.`)
    }
    const tables = await listTables(session)
    return done({ address, identity, tables: tables.length, keys: ctx.keys })
  } finally {
    await session.end({ timeout: 5 })
  }
}
