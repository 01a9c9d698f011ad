import { z } from 'zod'
import { defineRead } from '#app/_web/read.ts'
import { listBackups } from '#lib/backups/queries.ts'
import { notFound } from '#lib/errors.ts'
import { listNewestRowCounts } from '#lib/guards/queries.ts'
import { measureLoss } from '#lib/incidents/measure-loss.ts'
import { findOpenIncident, listIncidents } from '#lib/incidents/queries.ts'
import { listOperations } from '#lib/operations/queries.ts'
import { getDraft, listDrafts } from '#lib/restores/drafts/draft-queries.ts'
import { recommendSource } from '#lib/restores/recommend-source.ts'
import { formatTable } from '#lib/sql/identifier.ts'
import { protectedTables } from '#lib/targets/policy.ts'
import { getPolicy, getTarget } from '#lib/targets/queries.ts'

const dayMs = 86_400_000
const shownSources = 24
const restoring = ['restore', 'undo', 'database-restore', 'database-switch']

/** What one has begun, what was lost of late, and the restores so far. */
export const restoresRead = defineRead({
  name: 'restores',
  topics: ['operations', 'incidents', 'guards'],
  input: z.object({ targetId: z.uuid() }),
  async read({ db, user }, { targetId }) {
    const [target, incident, drafts, operations] = await Promise.all([
      getTarget(db, targetId),
      findOpenIncident(db, targetId),
      listDrafts(db, { userId: user.id, targetId }),
      listOperations(db, { targetId, limit: 100 }),
    ])
    const since = incident?.beganAt ?? new Date(Date.now() - dayMs)
    return {
      role: user.role,
      target,
      incident: incident && { id: incident.id, number: incident.number, title: incident.title },
      since,
      losses: (await measureLoss(db, targetId, since, null)) ?? [],
      drafts,
      restores: operations.filter(({ kind }) => restoring.includes(kind)).slice(0, 15),
    }
  },
})

/** Everything that somebody chooses a restore from, and what they have chosen so far. */
export const draftRead = defineRead({
  name: 'restore-draft',
  topics: ['operations', 'backups', 'incidents', 'guards'],
  input: z.object({
    draftId: z.string().nullable(),
    /** Before there is a draft: the target, and the incident that it is begun for. */
    targetId: z.uuid().nullable(),
    incidentId: z.uuid().nullable(),
  }),
  async read({ db, user }, { draftId, targetId: begunFor, incidentId }) {
    const draft = draftId === null ? null : await getDraft(db, draftId, user.id)
    const targetId = draft?.targetId ?? begunFor
    if (targetId === null) throw notFound('target', 'none')
    const [target, policy, incidents, backups, counts] = await Promise.all([
      getTarget(db, targetId),
      getPolicy(db, targetId),
      listIncidents(db, { targetId, limit: 10 }),
      listBackups(db, { targetId, limit: 100 }),
      listNewestRowCounts(db, targetId),
    ])
    const of = draft ? draft.incidentId : (incidentId ?? incidents.find(isOpen)?.id)
    const incident = incidents.find(({ id }) => id === of) ?? null
    const chosenSince = draft?.choices.lostSince
    const since = chosenSince
      ? new Date(chosenSince)
      : (incident?.beganAt ?? new Date((draft?.updatedAt.getTime() ?? Date.now()) - dayMs))
    const losses = (await measureLoss(db, targetId, since, incident?.resolvedAt ?? null)) ?? []
    const sources = backups
      .filter(({ status, takenAt }) => (status === 'good' || status === 'suspicious') && takenAt !== null)
      .slice(0, shownSources)
    const { document } = policy
    return {
      role: user.role,
      target,
      draft,
      incidents: incidents.map(({ id, number, title, beganAt }) => ({ id, number, title, beganAt })),
      incidentId: incident?.id ?? null,
      since,
      losses,
      tables: protectedTables(document).map((name) => {
        const table = formatTable(name)
        return { table, rows: counts.get(table) ?? null }
      }),
      memberships: document.memberships.map(({ name, organizations }) => ({
        name,
        organizations: organizations?.table ?? null,
        key: organizations?.key ?? null,
      })),
      proofHours: document.objectives.proofHours,
      sources,
      recommended: recommendSource({
        // A safety copy holds what was there in the middle of the trouble.
        backups: sources.filter(({ purpose, status }) => purpose !== 'safety' && status === 'good'),
        losses,
        beganAt: losses.length > 0 || incident || chosenSince ? since : null,
      }),
    }
  },
})

const isOpen = ({ status }: { status: string }): boolean => status !== 'resolved' && status !== 'closed'
