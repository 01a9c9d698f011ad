import { findUser, webCtx } from '#app/_web/session.ts'
import { AppError, type Outcome, refuse } from '#lib/errors.ts'
import { log } from '#lib/log.ts'
import type { Verb } from '#lib/verb.ts'

/**
 * Runs a verb for the signed-in person and always returns an outcome that a browser may see.
 * A server action is one line over it: `return action(requestBackup, input)`.
 */
export async function action<T>(verb: Verb<T>, input: unknown): Promise<Outcome<T>> {
  try {
    const user = await findUser()
    if (!user) return refuse('session-ended', 'Your session has ended.', 'Sign in again; nothing was done.')
    return await verb(webCtx(user), input)
  } catch (error) {
    if (error instanceof AppError) return refuse(error.code, error.message, error.hint)
    log.error({ err: error, verb: verb.name }, 'action failed')
    return refuse(
      'failed',
      'This failed on our side.',
      'Nothing is known to be done. The server log says why.',
    )
  }
}
