import { AppError } from '#lib/errors.ts'
import type { ArchiveStore } from '#lib/stores/types.ts'

/** The same store for reading only: whoever has it cannot change what is there, whatever else is wrong. */
export function readOnlyStore(store: ArchiveStore): ArchiveStore {
  const refuse = async (): Promise<never> => {
    throw new AppError('store-read-only', `The store “${store.name}” is only read here.`, { kind: 'refused' })
  }
  // Sweeping removes only what Holdfast left; here that is nothing.
  return { ...store, write: refuse, remove: refuse, sweep: async () => 0 }
}
