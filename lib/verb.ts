import type { ZodType } from 'zod'
import { type AuditRecord, appendAudit } from '#lib/audit/append-audit.ts'
import { findDenial } from '#lib/auth/find-denial.ts'
import { type Actor, type Ctx, formatActor } from '#lib/context.ts'
import { announceChanges, type Topic } from '#lib/db/changes.ts'
import type { Tx } from '#lib/db/client.ts'
import { type Outcome, type Refusal, refuse } from '#lib/errors.ts'
import { isUuid } from '#lib/sql/uuid.ts'

/** What a verb's act gets: our store in one transaction, and who acts. */
export interface VerbScope {
  tx: Tx
  ctx: Ctx
  actor: Actor
  /** `formatActor(actor)`, for the record columns. */
  actorText: string
}

/** What a verb's act gives back when it did its work. */
export interface Deed<T> {
  value: T
  /**
   * What the audit says of it. The actor, the action and the outcome are filled in. Null where a schedule asked for its
   * routine work: the job run is the record, and an entry each minute would bury what people did.
   */
  audit: Pick<AuditRecord, 'subject' | 'target' | 'reason' | 'detail'> | null
  changed: readonly Topic[]
}

export interface VerbDefinition<I, T> {
  /** `<noun>.<verb>`: the permission and the audit action. */
  action: string
  input: ZodType<I>
  /** Changes our store within the transaction, or refuses (then nothing of it stays). */
  act(scope: VerbScope, input: I): Promise<Deed<T> | { refusal: Refusal }>
}

export type Verb<T> = (ctx: Ctx, input: unknown) => Promise<Outcome<T>>

class RefusedInside extends Error {
  readonly refusal: Refusal
  constructor(refusal: Refusal) {
    super(refusal.reason)
    this.refusal = refusal
  }
}

const subjectOf = (input: unknown): Record<string, unknown> =>
  typeof input === 'object' && input !== null ? { input: redact(input as Record<string, unknown>) } : {}

/** What the input names by its id, so that refused acts stand with the thing they were about. */
function namedSubject(input: unknown): string | null {
  if (typeof input !== 'object' || input === null) return null
  const named = Object.entries(input).find(
    ([name, value]) => /^[a-z]+Id$/.test(name) && typeof value === 'string' && isUuid(value),
  )
  return named ? `${named[0].slice(0, -2)}:${String(named[1])}` : null
}

const secretKey = /password|url|token|secret|key/i

/** The evidence of a refused act keeps what was asked, without anything that could be a secret. */
function redact(input: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(input)
      .slice(0, 30)
      .map(([name, value]) => {
        if (secretKey.test(name)) return [name, '[redacted]']
        return [
          name,
          typeof value === 'string' ? value.slice(0, 500) : typeof value === 'object' ? '[…]' : value,
        ]
      }),
  )
}

/**
 * Makes a verb: one write of the product, the same for every door. Five beats, in this order:
 * permit (from the database's current state), parse (Zod), act in one transaction, audit in that transaction, announce.
 * A refusal rolls everything back and is then audited by itself, so a refused act leaves evidence.
 */
export function defineVerb<I, T>(definition: VerbDefinition<I, T>): Verb<T> {
  return async (ctx, input) => {
    const actorText = formatActor(ctx.actor)
    const refuseWithEvidence = async (refusal: Refusal): Promise<Outcome<T>> => {
      await ctx.db.transaction((tx) =>
        appendAudit(tx, {
          actor: actorText,
          action: definition.action,
          outcome: 'refused',
          subject: namedSubject(input),
          reason: refusal.reason,
          detail: { code: refusal.code, ...subjectOf(input) },
        }),
      )
      return { ok: false, refusal }
    }

    const denial = await findDenial(ctx, definition.action)
    if (denial) return refuseWithEvidence(denial)

    const parsed = definition.input.safeParse(input)
    if (!parsed.success) {
      const issues = parsed.error.issues.map((issue) => ({
        path: issue.path.join('.'),
        message: issue.message,
      }))
      const first = issues[0]
      const reason = first
        ? `${first.path ? `${first.path}: ` : ''}${first.message}`
        : 'The input is not valid.'
      return refuseWithEvidence(refuse('invalid-input', reason, null, issues).refusal)
    }

    try {
      const value = await ctx.db.transaction(async (tx) => {
        const deed = await definition.act({ tx, ctx, actor: ctx.actor, actorText }, parsed.data)
        if ('refusal' in deed) throw new RefusedInside(deed.refusal)
        await announceChanges(tx, deed.audit ? [...deed.changed, 'audit'] : [...deed.changed])
        if (deed.audit) {
          await appendAudit(tx, {
            actor: actorText,
            action: definition.action,
            outcome: 'done',
            ...deed.audit,
          })
        }
        return deed.value
      })
      return { ok: true, value }
    } catch (error) {
      if (error instanceof RefusedInside) return refuseWithEvidence(error.refusal)
      throw error
    }
  }
}
