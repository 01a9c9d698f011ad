'use client'

import { FailedPage } from '#components/shell/failed-page.tsx'

export default function AppError({ error, reset }: { error: Error & { digest?: string }; reset(): void }) {
  return (
    <main className="grid min-h-dvh place-items-center p-4">
      <FailedPage digest={error.digest} onRetry={reset} />
    </main>
  )
}
