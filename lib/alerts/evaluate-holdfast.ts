import { and, isNull, like, ne } from 'drizzle-orm'
import { alerts } from '#drizzle/schema/alerts.ts'
import { listFailingChannels } from '#lib/channels/queries.ts'
import { failingFingerprint } from '#lib/channels/types.ts'
import type { Ctx } from '#lib/context.ts'
import { findWorkerState } from '#lib/jobs/find-worker-state.ts'
import { type GivenUpWork, listGivenUpWork } from '#lib/jobs/queries.ts'
import { clearAlert, raiseAlert } from './raise-alert.ts'

export const workerDead = 'holdfast:worker-dead'

const givenUpPrefix = 'holdfast:given-up:'
const fingerprintOf = ({ kind, targetName }: GivenUpWork): string =>
  `${givenUpPrefix}${kind}${targetName ? `:${targetName}` : ''}`

/** One try that failed may go well five seconds later. */
const failingForMs = 60_000

/**
 * Makes the alerts about Holdfast itself say what is wrong now: that no worker lives, which channels fail, which work was given up. Safe to repeat,
 * from any number of processes, the web among them.
 */
export async function evaluateHoldfast(ctx: Ctx): Promise<void> {
  const now = Date.now()
  const [worker, failing, open, givenUp] = await Promise.all([
    findWorkerState(ctx.db),
    listFailingChannels(ctx.db),
    listOpenFingerprints(ctx),
    listGivenUpWork(ctx.db),
  ])
  if (worker.state === 'dead') {
    await raiseAlert(ctx, {
      fingerprint: workerDead,
      title: 'No worker is running',
      details: worker.lastSeenAt
        ? `The last one was heard at ${worker.lastSeenAt.toISOString()}. Nothing is checked, backed up or restored until one runs again.`
        : 'None was heard. Nothing is checked, backed up or restored until one runs.',
      remedy:
        'Start it on the host: holdfast start. Its log says why it ended: logs/worker.log in the data directory.',
      severity: 'CRITICAL',
    })
  } else if (open.includes(workerDead)) await clearAlert(ctx, { fingerprint: workerDead })

  const told = failing.filter(({ statusAt }) => now - statusAt.getTime() >= failingForMs)
  for (const { name, error } of told) {
    await raiseAlert(ctx, {
      fingerprint: failingFingerprint(name),
      title: `Messages do not get through the channel “${name}”`,
      details: error?.message ?? 'Its last message could not be sent.',
      remedy: error?.hint ?? `Test it: holdfast channels test ${name}`,
      severity: 'WARNING',
    })
  }
  for (const work of givenUp) {
    await raiseAlert(ctx, {
      fingerprint: fingerprintOf(work),
      title: `Work was given up: ${work.kind}${work.targetName ? ` of ${work.targetName}` : ''}`,
      details: work.message,
      remedy:
        work.hint ??
        'The log of the worker says what it did last. Ask for the work again once that is mended.',
      severity: 'WARNING',
    })
  }
  const stillGivenUp = new Set(givenUp.map(fingerprintOf))
  for (const fingerprint of open) {
    if (fingerprint.startsWith(givenUpPrefix) && !stillGivenUp.has(fingerprint)) {
      await clearAlert(ctx, { fingerprint })
    }
  }

  const stillFailing = new Set(failing.map(({ name }) => failingFingerprint(name)))
  for (const fingerprint of open) {
    if (fingerprint === workerDead || stillFailing.has(fingerprint)) continue
    if (fingerprint.startsWith(failingFingerprint(''))) await clearAlert(ctx, { fingerprint })
  }
}

async function listOpenFingerprints({ db }: Ctx): Promise<string[]> {
  const rows = await db
    .select({ fingerprint: alerts.fingerprint })
    .from(alerts)
    .where(
      and(isNull(alerts.targetId), ne(alerts.status, 'resolved'), like(alerts.fingerprint, 'holdfast:%')),
    )
  return rows.map(({ fingerprint }) => fingerprint)
}
