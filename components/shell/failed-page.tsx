'use client'

import { Button } from '#components/ui/button.tsx'
import { Card } from '#components/ui/card.tsx'
import { EmptyState } from '#components/ui/empty-state.tsx'

/** A page that failed. What exactly went wrong stands in the server's log, under the same mark. */
export function FailedPage({ digest, onRetry }: { digest: string | undefined; onRetry(): void }) {
  return (
    <Card className="mx-auto max-w-xl">
      <EmptyState
        title="This page could not be shown"
        action={
          <Button variant="primary" onClick={onRetry}>
            Try again
          </Button>
        }
      >
        <p>The rest of Holdfast goes on: checks, backups and alerts run in the worker, not in this page.</p>
        {digest ? (
          <p className="mt-2 text-xs">
            In the server’s log it is marked <code className="font-mono">{digest}</code>.
          </p>
        ) : null}
      </EmptyState>
    </Card>
  )
}
