import { archiveKeysAt, stemOf } from '#lib/backups/archives/archive-names.ts'
import { type OpenArchive, openArchive } from '#lib/backups/archives/open-archive.ts'
import { type PresentCopy, requireCopies } from '#lib/backups/copies/find-copy.ts'
import type { Ctx } from '#lib/context.ts'
import { AppError } from '#lib/errors.ts'
import type { KeyRing } from '#lib/keys.ts'
import { openStore } from '#lib/stores/open-store.ts'

export interface AuthenticArchive extends Omit<OpenArchive, 'close'> {
  /** Which copy it is; null for an archive from before there were stores. */
  copyId: string | null
  storeName: string
}

export interface AuthenticateOptions {
  signal: AbortSignal
  onProgress?: (bytes: number, total: number) => void
  /** Only the copy in this store. Default: the best copy, and the next one when its store does not answer. */
  storeName?: string
}

export function requireKeys(ctx: Ctx): KeyRing {
  if (ctx.keys) return ctx.keys
  throw new AppError('key-not-here', 'This process may not open archives.', {
    hint: 'Archives are opened by the worker and the CLI only.',
  })
}

async function openCopy(ctx: Ctx, copy: PresentCopy, options: AuthenticateOptions): Promise<OpenArchive> {
  const store = await openStore(ctx, copy.storeName)
  return openArchive(store, requireKeys(ctx), archiveKeysAt(stemOf(copy.key)).manifest, options)
}

const isUnreachable = (error: unknown): boolean =>
  error instanceof AppError && error.code === 'store-unreachable'

/**
 * Opens an archive whose every byte was checked against its signed manifest before `work` sees any of them: an
 * archive that somebody crafted can run code in pg_restore.
 * Throws AppError `archive-damaged`, `archive-other-key`, `store-unreachable` or `copy-not-found`.
 */
export async function withAuthenticArchive<T>(
  ctx: Ctx,
  backup: { id: string; targetId: string },
  options: AuthenticateOptions,
  work: (archive: AuthenticArchive) => Promise<T>,
): Promise<T> {
  requireKeys(ctx)
  const copies = await requireCopies(ctx.db, backup.id, options.storeName)
  for (const [i, copy] of copies.entries()) {
    let archive: OpenArchive
    try {
      archive = await openCopy(ctx, copy, options)
    } catch (error) {
      if (isUnreachable(error) && i < copies.length - 1) continue
      throw error
    }
    try {
      return await work({ ...archive, copyId: copy.id, storeName: copy.storeName })
    } finally {
      await archive.close()
    }
  }
  throw new Error('no copy was tried')
}
