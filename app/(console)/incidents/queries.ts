import { z } from 'zod'
import { defineRead } from '#app/_web/read.ts'
import { listUsers } from '#lib/auth/queries.ts'
import { readIncident } from '#lib/incidents/export-postmortem.ts'
import { listMessageChannels, listToldChannels } from '#lib/incidents/list-told-channels.ts'
import { getIncident, listIncidents } from '#lib/incidents/queries.ts'
import { nextStep } from '#lib/incidents/runbooks/plan-runbook.ts'
import { pageTimeline } from '#lib/incidents/timeline/page-timeline.ts'
import { incidentKinds, severities, timelineKinds } from '#lib/incidents/types.ts'
import { getTarget } from '#lib/targets/queries.ts'

export const incidentsRead = defineRead({
  name: 'incidents',
  topics: ['incidents'],
  audience: 'role',
  input: z.object({
    /** Null: of every target, and about Holdfast itself. */
    targetId: z.uuid().nullable(),
    kind: z.enum(incidentKinds).optional(),
    severity: z.enum(severities).optional(),
    openOnly: z.boolean().default(false),
  }),
  async read({ db, user }, { targetId, ...filter }) {
    const open = await listIncidents(db, { openOnly: true })
    return {
      role: user.role,
      target: targetId === null ? null : await getTarget(db, targetId),
      filter,
      incidents: await listIncidents(db, { ...(targetId ? { targetId } : {}), ...filter, limit: 200 }),
      isOpenHere: open.some((each) => each.targetId === targetId),
      elsewhere: targetId === null ? [] : open.filter((each) => each.targetId !== targetId),
    }
  },
})

export const incidentRead = defineRead({
  name: 'incident',
  topics: [
    'incidents',
    'alerts',
    'operations',
    'guards',
    'health',
    'backups',
    'drills',
    'deployments',
    'channels',
    'on-call',
  ],
  input: z.object({
    incidentId: z.uuid(),
    kinds: z.array(z.enum(timelineKinds)).max(20).default([]),
    search: z.string().max(200).default(''),
    shown: z.number().int().min(1).max(5_000).default(100),
  }),
  async read({ db, user }, { incidentId, ...filter }) {
    const incident = await getIncident(db, incidentId)
    const [read, people, channels, told] = await Promise.all([
      readIncident(db, incident, new Date()),
      listUsers(db),
      listMessageChannels(db),
      listToldChannels(db, incident),
    ])
    const { timeline, pinned, ...rest } = read
    return {
      role: user.role,
      email: user.email,
      ...rest,
      filter,
      timeline: pageTimeline(timeline, pinned, filter),
      next: incident.status === 'closed' ? null : (nextStep(rest.runbook)?.key ?? null),
      people: people
        .filter((person) => person.role !== 'viewer' && person.disabledAt === null)
        .map(({ id, email }) => ({ id, email })),
      channels,
      toldChannelIds: told.map(({ id }) => id),
    }
  },
})
