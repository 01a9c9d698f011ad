'use client'

import type { ReactNode } from 'react'
import { useLiveState } from '#app/_web/live.tsx'
import type { Loaded, ReadData } from '#app/_web/read.ts'
import { signOut } from '#app/_web/sign-out.ts'
import { useLoaded } from '#app/_web/use-loaded.ts'
import type { shellRead } from '#app/(console)/shell-queries.ts'
import { Shell } from '#components/shell/shell.tsx'
import { ShellProvider, type ShellUser } from '#components/shell/shell-context.tsx'
import { can } from '#lib/auth/permissions.ts'

export function ConsoleFrame({
  loaded,
  user,
  remembered,
  cookieName,
  children,
}: {
  loaded: Loaded<ReadData<typeof shellRead>>
  user: ShellUser
  remembered: string | null
  cookieName: string
  children: ReactNode
}) {
  const { data } = useLoaded(loaded)
  const { live } = useLiveState()
  return (
    <ShellProvider user={user} targets={data.targets} remembered={remembered} cookieName={cookieName}>
      <Shell
        data={data}
        live={live}
        mayAct={can(user.role, 'operations.request')}
        onSignOut={() => void signOut()}
      >
        {children}
      </Shell>
    </ShellProvider>
  )
}
