'use client'

import type { Loaded, ReadData } from '#app/_web/read.ts'
import { useLoaded } from '#app/_web/use-loaded.ts'
import { BackupSections } from '#app/(console)/backups/backup-sections.tsx'
import { Panel } from '#components/ui/card.tsx'
import { EmptyState } from '#components/ui/empty-state.tsx'
import { PageHeader } from '#components/ui/page-header.tsx'
import { FreezePanel } from './freeze-panel.tsx'
import { KeptPanel } from './kept-panel.tsx'
import type { storageRead } from './queries.ts'
import { RetentionPanel } from './retention-panel.tsx'
import { StorePanel } from './store-panel.tsx'

/** Where backups lie, how much room there is, and what is let go. */
export function StorageScreen({ loaded }: { loaded: Loaded<ReadData<typeof storageRead>> }) {
  const { data } = useLoaded(loaded)
  const { target, stores, policyStores, kept } = data
  const missing = policyStores.filter((name) => !stores.some((store) => store.name === name))
  return (
    <>
      <PageHeader
        title="Storage and retention"
        about="An unreachable store is never taken for an empty one, and nothing goes while something is wrong."
      />
      <BackupSections target={target.name} here="storage" />
      <div className="grid gap-4">
        <FreezePanel data={data} />
        {missing.length > 0 ? (
          <p className="text-sm text-bad" role="alert">
            The policy names {missing.join(' and ')}, but there is no such store.
          </p>
        ) : null}
        <div className="grid items-start gap-4 xl:grid-cols-2">
          <RetentionPanel data={data} />
          <div className="grid gap-4">
            <KeptPanel kept={kept} />
            {stores.length === 0 ? (
              <Panel title="Stores">
                <EmptyState title="There is no store yet">
                  <p>The first archive makes the default one, in the data directory.</p>
                </EmptyState>
              </Panel>
            ) : null}
            {stores.map((store) => (
              <StorePanel key={store.id} store={store} isUsed={policyStores.includes(store.name)} />
            ))}
          </div>
        </div>
      </div>
    </>
  )
}
