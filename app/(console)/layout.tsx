import { cookies } from 'next/headers'
import type { ReactNode } from 'react'
import { targetCookieName } from '#app/_web/current-target.ts'
import { getDb } from '#app/_web/db.ts'
import { LiveProvider } from '#app/_web/live.tsx'
import { QueryProvider } from '#app/_web/query-client.tsx'
import { load } from '#app/_web/read.ts'
import { requireUser } from '#app/_web/session.ts'
import { ConsoleFrame } from '#app/(console)/console-frame.tsx'
import { shellRead } from '#app/(console)/shell-queries.ts'
import { ClockProvider } from '#components/ui/time.tsx'
import { findFirstTarget } from '#lib/targets/queries.ts'

/** The viewer's zone, as their browser tells it. */
const zoneCookieName = 'holdfast-zone'

/** The frame. It guards nothing: a page can be asked for without its layout. */
export default async function ConsoleLayout({ children }: { children: ReactNode }) {
  const now = Date.now()
  const { email, name, role } = await requireUser()
  const [loaded, jar] = await Promise.all([load(shellRead, null), cookies()])
  // The bar names the target that a page without `?target=` is about.
  const remembered = jar.get(targetCookieName)?.value ?? (await findFirstTarget(getDb()))?.name ?? null
  return (
    <QueryProvider>
      <LiveProvider since={now}>
        <ClockProvider at={now} timeZone={jar.get(zoneCookieName)?.value ?? null} cookieName={zoneCookieName}>
          <ConsoleFrame
            loaded={loaded}
            user={{ email, name, role }}
            remembered={remembered}
            cookieName={targetCookieName}
          >
            {children}
          </ConsoleFrame>
        </ClockProvider>
      </LiveProvider>
    </QueryProvider>
  )
}
