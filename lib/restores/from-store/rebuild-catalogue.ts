import { and, eq, isNull } from 'drizzle-orm'
import { targets } from '#drizzle/schema/targets.ts'
import { requireKeys } from '#lib/backups/archives/authenticate-archive.ts'
import {
  assertKeyFits,
  type CatalogueProblem,
  readStoreCatalogue,
} from '#lib/backups/copies/store-catalogue.ts'
import type { Ctx } from '#lib/context.ts'
import { AppError, unwrap } from '#lib/errors.ts'
import { markMissing } from '#lib/restores/from-store/mark-missing.ts'
import { type FoundArchive, recordFoundArchive } from '#lib/restores/from-store/record-found-archive.ts'
import { registerFoundStore } from '#lib/restores/from-store/register-found-store.ts'
import type { RestoreProgress } from '#lib/restores/from-store/restore-into-empty.ts'
import type { FoundStore } from '#lib/stores/open-store-at.ts'
import { controlTargetName } from '#lib/targets/control-target.ts'

export interface RebuiltCatalogue {
  store: { id: string; name: string; change: 'added' | 'moved' | null }
  targets: { id: string; name: string; added: boolean }[]
  archives: FoundArchive[]
  problems: CatalogueProblem[]
  /** Archives of an earlier control database: those come back by `--control`, not by the catalogue. */
  controlArchives: number
}

/**
 * Puts into the control database what a store holds, from its manifests alone: the store, its databases (without credentials)
 * and each archive, every byte of which is checked on the way. Records that are there already are never overwritten, and
 * what comes in keeps retention from deleting anything until a person has looked. Safe to repeat, also after a kill.
 */
export async function rebuildCatalogue(
  ctx: Ctx,
  found: FoundStore,
  work: RestoreProgress,
  options: {
    name?: string | undefined /** The records came out of an archive a moment ago. */
    isRestored?: boolean
  } = {},
): Promise<RebuiltCatalogue> {
  const keys = requireKeys(ctx)
  work.phase('read manifests')
  const catalogue = await readStoreCatalogue(found.store, keys, work.signal)
  assertKeyFits(catalogue, keys)
  if (catalogue.targets.length === 0 && catalogue.problems.length === 0) {
    throw new AppError('store-empty', 'The store holds no archive.', {
      kind: 'not-found',
      hint: 'Is it the right directory or prefix?',
    })
  }
  const applications = catalogue.targets.filter(({ kind }) => kind === 'application')
  const controlArchives = catalogue.targets
    .filter(({ kind }) => kind === 'control')
    .reduce((sum, { archives }) => sum + archives.length, 0)
  const { store, targets: made } = unwrap(
    await registerFoundStore(ctx, {
      found,
      keys,
      applications,
      followStore: options.isRestored ?? false,
      ...(options.name ? { name: options.name } : {}),
    }),
  )
  const [own] = await ctx.db
    .select({ id: targets.id })
    .from(targets)
    .where(and(eq(targets.name, controlTargetName), isNull(targets.removedAt)))
  // Holdfast's own archives belong to these records only where these are the records they were taken of.
  const all = catalogue.targets
    .filter(({ id, kind }) => kind === 'application' || id === own?.id)
    .flatMap(({ archives }) => archives)
  if (options.isRestored) await markMissing(ctx, found.store.id, catalogue)
  const archives: FoundArchive[] = []
  work.phase('check archives', all.length)
  for (const archive of all) {
    archives.push(
      await recordFoundArchive(ctx, found.store, archive, {
        signal: work.signal,
        adopt: options.isRestored ?? false,
      }),
    )
    work.progress(archives.length)
  }
  return { store, targets: made, archives, problems: catalogue.problems, controlArchives }
}
