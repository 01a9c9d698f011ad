import { listRoutes, listTellingChannels } from '#lib/alerts/routes/queries.ts'
import { listSilences } from '#lib/alerts/silences/queries.ts'
import { listWindows } from '#lib/alerts/windows/queries.ts'
import type { DbOrTx } from '#lib/db/client.ts'
import { listOnCallNow } from '#lib/on-call/find-on-call.ts'
import { listRotations } from '#lib/on-call/queries.ts'

export type Telling = Awaited<ReturnType<typeof readTelling>>

/** Everything that decides who is told at a moment. */
export async function readTelling(db: DbOrTx, at: Date) {
  return {
    routes: await listRoutes(db),
    channels: await listTellingChannels(db),
    rotations: await listRotations(db),
    onCall: await listOnCallNow(db, at),
    silences: await listSilences(db),
    windows: await listWindows(db),
  }
}
