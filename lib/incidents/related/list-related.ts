import { sql } from 'drizzle-orm'
import { alerts } from '#drizzle/schema/alerts.ts'
import { deployments } from '#drizzle/schema/deployments.ts'
import { guardEvents } from '#drizzle/schema/guards.ts'
import { incidents } from '#drizzle/schema/incidents.ts'
import type { DbOrTx } from '#lib/db/client.ts'
import { listIncidents } from '#lib/incidents/queries.ts'
import type { Incident } from '#lib/incidents/types.ts'
import { judgeRelated, type Traits } from './judge-related.ts'
import type { RelatedIncident } from './types.ts'

/** How many of the newest incidents are compared, and how many are named. */
const compared = 100
const most = 8

/** Incidents that may tell something about this one, those with the most reasons first. Only reads. */
export async function listRelated(db: DbOrTx, incident: Incident): Promise<RelatedIncident[]> {
  const others = (await listIncidents(db, { limit: compared })).filter(({ id }) => id !== incident.id)
  const traits = await readTraits(db, [incident, ...others])
  const own = traits.get(incident.id)!
  return others
    .map((other) => ({
      id: other.id,
      number: other.number,
      title: other.title,
      status: other.status,
      severity: other.severity,
      targetName: other.targetName,
      beganAt: other.beganAt,
      resolution: other.resolution,
      reasons: judgeRelated(own, traits.get(other.id)!),
    }))
    .filter(({ reasons }) => reasons.length > 0)
    .toSorted((a, b) => b.reasons.length - a.reasons.length || b.beganAt.getTime() - a.beganAt.getTime())
    .slice(0, most)
}

async function readTraits(db: DbOrTx, all: readonly Incident[]): Promise<Map<string, Traits>> {
  const ids = sql`(${sql.join(
    all.map(({ id }) => sql`${id}::uuid`),
    sql`, `,
  )})`
  const rows = await db.execute<{
    id: string
    fingerprints: string[] | null
    origins: string[] | null
    deployment_ids: string[] | null
  }>(sql`
    select incident.id,
      (select array_agg(distinct alert.fingerprint) from ${alerts} alert where alert.incident_id = incident.id) as fingerprints,
      (select array_agg(distinct concat_ws(' · ', event.role_name, nullif(event.application_name, '')))
         from ${guardEvents} event
        where event.target_id = incident.target_id and event.kind in ('blocked', 'deleted')
          and event.role_name is not null
          and event.at between incident.began_at - interval '1 minute'
            and coalesce(incident.resolved_at, incident.began_at + interval '1 day')) as origins,
      (select array_agg(deployment.id::text) from ${deployments} deployment
        where deployment.target_id = incident.target_id
          and deployment.created_at between incident.began_at - interval '1 day' and incident.began_at) as deployment_ids
    from ${incidents} incident where incident.id in ${ids}`)
  const found = new Map(rows.map((row) => [row.id, row]))
  return new Map(
    all.map(({ id, targetId, kind }) => {
      const row = found.get(id)
      return [
        id,
        {
          targetId,
          kind,
          fingerprints: row?.fingerprints ?? [],
          origins: row?.origins ?? [],
          deploymentIds: row?.deployment_ids ?? [],
        },
      ]
    }),
  )
}
