import { listRoutes, listTellingChannels } from '#lib/alerts/routes/queries.ts'
import { listSilences } from '#lib/alerts/silences/queries.ts'
import { listWindows } from '#lib/alerts/windows/queries.ts'
import type { DbOrTx } from '#lib/db/client.ts'
import { listOverrides, listPeople, listRotations } from '#lib/on-call/queries.ts'
import type { TellingPlan } from './explain-telling.ts'

/** Everything by which it can be said who would be told from this moment on. */
export async function readTellingPlan(db: DbOrTx, from: Date): Promise<TellingPlan> {
  const [routes, channels, rotations, people, silences, windows] = await Promise.all([
    listRoutes(db),
    listTellingChannels(db),
    listRotations(db),
    listPeople(db),
    listSilences(db),
    listWindows(db),
  ])
  const overrides = await listOverrides(
    db,
    rotations.map(({ id }) => id),
    from,
  )
  return {
    routes,
    channels,
    people,
    silences,
    windows,
    rotations: rotations.map((rotation) => ({
      ...rotation,
      overrides: overrides.filter(({ rotationId }) => rotationId === rotation.id),
    })),
  }
}
