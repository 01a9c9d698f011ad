import { hostname } from 'node:os'
import { desc, eq, inArray } from 'drizzle-orm'
import { jobRuns } from '#drizzle/schema/jobs.ts'
import { sealingKeys } from '#drizzle/schema/targets.ts'
import type { DbOrTx } from '#lib/db/client.ts'
import { shellWord } from '#lib/kit/steps.ts'
import type { KitStore, KitTest, RecoveryKit } from '#lib/kit/types.ts'
import { formatPlace, listStores } from '#lib/stores/queries.ts'
import type { LocalSettings, S3Settings, StoreRecord } from '#lib/stores/types.ts'

/** Where a store is, as `restores from-store` takes it. */
function argumentOf({ kind, settings }: StoreRecord): string {
  if (kind === 'local') {
    return shellWord((settings as LocalSettings).directory ?? 'DATA-DIRECTORY/archives')
  }
  const { bucket, prefix, endpoint, region, pathStyle, allowPrivate } = settings as S3Settings
  return [
    shellWord(`s3://${bucket}/${prefix}`),
    ...(endpoint ? [`--endpoint ${shellWord(endpoint)}`] : []),
    `--region ${shellWord(region)}`,
    ...(pathStyle ? ['--path-style'] : []),
    ...(allowPrivate ? ['--allow-private'] : []),
  ].join(' ')
}

const kitStore = (store: StoreRecord): KitStore => ({
  name: store.name,
  kind: store.kind,
  place:
    store.kind === 'local' && (store.settings as LocalSettings).directory === null
      ? `${formatPlace(store)} of ${hostname()}`
      : formatPlace(store),
  argument: argumentOf(store),
  leavesTheMachine: store.kind === 's3' || (store.settings as LocalSettings).directory !== null,
})

/** What the recovery kit says, from our own records: no key, no store is opened. */
export async function readKit(db: DbOrTx): Promise<RecoveryKit> {
  const [[key], stores, runs, open] = await Promise.all([
    db.select({ keyId: sealingKeys.keyId }).from(sealingKeys),
    listStores(db),
    db
      .select({
        status: jobRuns.status,
        result: jobRuns.result,
        error: jobRuns.error,
        at: jobRuns.finishedAt,
      })
      .from(jobRuns)
      .where(eq(jobRuns.kind, 'kit.test'))
      .orderBy(desc(jobRuns.finishedAt))
      .limit(5),
    db
      .select({ kind: jobRuns.kind })
      .from(jobRuns)
      .where(inArray(jobRuns.status, ['queued', 'running'])),
  ])
  const last = runs.find(({ status, at }) => at !== null && (status === 'succeeded' || status === 'failed'))
  return {
    keyId: key?.keyId ?? null,
    stores: stores.filter(({ settings }) => !settings.foreign).map(kitStore),
    lastTest: last
      ? {
          at: last.at!,
          test: last.status === 'succeeded' ? (last.result as KitTest) : null,
          error: (last.error as { message?: string } | null)?.message ?? null,
        }
      : null,
    testing: open.some(({ kind }) => kind === 'kit.test'),
  }
}
