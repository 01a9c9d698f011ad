'use server'

import { headers } from 'next/headers'
import { redirect } from 'next/navigation'
import { getDb } from '#app/_web/db.ts'
import { nearestAddress } from '#app/_web/nearest-address.ts'
import { acknowledgeByLink } from '#lib/alerts/acknowledge-by-link.ts'
import { addressBlock } from '#lib/auth/sign-in.ts'
import { admitAttempt, recordSuccess } from '#lib/auth/throttle.ts'
import { log } from '#lib/log.ts'

/** Somebody who guesses waits; who holds a link never comes so far. */
const guessing = { freeTries: 20, longestWaitSeconds: 60, forgivenBySuccess: false }

/**
 * Acknowledges for the reader of a message; the link's token is the proof. It works without scripts: a form is posted, and
 * the page that comes back says what came of it.
 */
export async function acknowledgeAction(token: string): Promise<void> {
  redirect(`/acknowledge/${encodeURIComponent(token)}?came=${await acknowledge(token)}`)
}

async function acknowledge(token: string): Promise<string> {
  try {
    const db = getDb()
    const address = nearestAddress((await headers()).get('x-forwarded-for'))
    const subject = `acknowledge:${address ? addressBlock(address) : 'unknown'}`
    const admission = await admitAttempt(db, [{ subject, ...guessing }])
    if (!admission.admitted) return 'wait'
    const outcome = await acknowledgeByLink(db, token)
    if (!outcome.ok) return outcome.refusal.code
    await recordSuccess(db, admission.attemptIds)
    return 'done'
  } catch (error) {
    log.error({ err: error }, 'acknowledging by a link failed')
    return 'failed'
  }
}
