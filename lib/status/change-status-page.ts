import { inArray } from 'drizzle-orm'
import { z } from 'zod'
import { targets } from '#drizzle/schema/targets.ts'
import { refuse } from '#lib/errors.ts'
import { writeStatusPage } from '#lib/status/status-page.ts'
import { defineVerb } from '#lib/verb.ts'

const publicText = (longest: number) => z.string().trim().min(1).max(longest)

/**
 * Changes the public status page: its title, which targets it tells of under which names, its notice, and whether it is
 * there at all. Safe to repeat.
 */
export const changeStatusPage = defineVerb({
  action: 'status.change',
  input: z.strictObject({
    isPublished: z.boolean().optional(),
    title: publicText(80).optional(),
    services: z
      .array(z.strictObject({ targetId: z.uuid(), name: publicText(60) }))
      .max(50)
      .optional(),
    notice: publicText(500).nullable().optional(),
  }),
  async act({ tx, actorText }, { isPublished, title, services, notice }) {
    const ids = services?.map(({ targetId }) => targetId) ?? []
    const names = services?.map(({ name }) => name) ?? []
    if (new Set(ids).size < ids.length || new Set(names).size < names.length) {
      return refuse('service-twice', 'A database or a public name stands there twice.')
    }
    const known =
      ids.length === 0
        ? []
        : await tx.select({ name: targets.name }).from(targets).where(inArray(targets.id, ids))
    if (known.length < ids.length) return refuse('target-not-found', 'One of these databases is not there.')
    const page = await writeStatusPage(tx, actorText, {
      ...(isPublished === undefined ? {} : { isPublished }),
      ...(title === undefined ? {} : { title }),
      ...(services === undefined ? {} : { services }),
      ...(notice === undefined ? {} : { notice }),
    })
    if (page.isPublished && page.services.length === 0) {
      return refuse(
        'status-page-empty',
        'A page without any service would say nothing.',
        'Give at least one database a public name first.',
      )
    }
    return {
      value: page,
      audit: { subject: 'status-page', detail: { isPublished: page.isPublished, services: names, notice } },
      changed: ['status'],
    }
  },
})
