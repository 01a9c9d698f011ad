import type { ReactNode } from 'react'
import { LiveProvider } from '#app/_web/live.tsx'
import { QueryProvider } from '#app/_web/query-client.tsx'
import { requireUser } from '#app/_web/session.ts'

export default async function ConsoleLayout({ children }: { children: ReactNode }) {
  await requireUser()
  return (
    <QueryProvider>
      <LiveProvider>
        <main id="content" className="p-4">
          {children}
        </main>
      </LiveProvider>
    </QueryProvider>
  )
}
