import { randomUUID } from 'node:crypto'
import { sealingKeys, targetRequests } from '#drizzle/schema/targets.ts'
import { findStepUpRefusal } from '#lib/auth/step-up.ts'
import { refuse } from '#lib/errors.ts'
import { requestJob } from '#lib/jobs/request-job.ts'
import { sealFor } from '#lib/sealed-box.ts'
import { type RequestTargetInput, requestTargetInput } from '#lib/targets/input.ts'
import { findTargetByName, requestPlace } from '#lib/targets/queries.ts'
import { formatPlace, formatTargetUrl, parseTargetUrl } from '#lib/targets/target-url.ts'
import { defineVerb } from '#lib/verb.ts'

/**
 * Asks for a database to be added, from a process that may not open targets: the URL is sealed to the worker's public
 * key, and the worker connects and adds it. Repeating it files another request, of which one is refused.
 */
export const requestTarget = defineVerb<RequestTargetInput, { requestId: string; jobRunId: string }>({
  action: 'targets.add',
  input: requestTargetInput,
  async act({ tx, ctx, actor, actorText }, { name, environment, url }) {
    if (actor.kind !== 'user') {
      return refuse('forbidden', 'Only a person asks on the page.', 'At the host: holdfast targets add')
    }
    const unproved = await findStepUpRefusal(tx, actor, requestPlace(name))
    if (unproved) return unproved
    const parsed = parseTargetUrl(url)
    if (!parsed.ok) return parsed
    if (await findTargetByName(tx, name)) {
      return refuse('target-exists', `There is a target “${name}” already.`, 'Choose another name.')
    }
    const [key] = await tx.select().from(sealingKeys)
    if (!key) {
      return refuse('no-sealing-key', 'There is no key to seal the URL with.', 'Run: holdfast migrate')
    }
    const id = randomUUID()
    await tx.insert(targetRequests).values({
      id,
      name,
      environment,
      place: formatPlace(parsed.value),
      sealedUrl: sealFor(key.publicKey, formatTargetUrl(parsed.value), `target_requests|${id}`),
      userId: actor.userId,
      sessionId: actor.sessionId,
      requestedBy: actorText,
    })
    const jobRunId = await requestJob(ctx, tx, {
      kind: 'targets.add',
      targetId: null,
      payload: { requestId: id },
    })
    return {
      value: { requestId: id, jobRunId },
      audit: {
        subject: `target-request:${id}`,
        target: name,
        detail: { environment, place: formatPlace(parsed.value) },
      },
      changed: ['targets', 'jobs'],
    }
  },
})
