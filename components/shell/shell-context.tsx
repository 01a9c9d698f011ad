'use client'

import { useSearchParams } from 'next/navigation'
import { createContext, type ReactNode, useContext, useEffect, useMemo, useState } from 'react'
import type { Role } from '#lib/context.ts'

export interface ShellUser {
  email: string
  name: string
  role: Role
}

export interface ShellTarget {
  id: string
  name: string
  kind: 'application' | 'control'
  environment: string
  databaseName: string
  host: string
}

interface ShellState {
  user: ShellUser
  targets: ShellTarget[]
  /** The target that this page is about. */
  target: ShellTarget | null
  setPageTarget(name: string | null): void
}

const ShellContext = createContext<ShellState | null>(null)

export function useShell(): ShellState {
  const state = useContext(ShellContext)
  if (!state) throw new Error('useShell is for pages within the console.')
  return state
}

const yearSeconds = 31_536_000

/** Which target the page is about: what the page says, else `?target=`, else the last one looked at, else the first. */
export function ShellProvider({
  user,
  targets,
  remembered,
  cookieName,
  children,
}: {
  user: ShellUser
  targets: ShellTarget[]
  remembered: string | null
  cookieName: string
  children: ReactNode
}) {
  const asked = useSearchParams().get('target')
  const [pageTarget, setPageTarget] = useState<string | null>(null)
  const [last, setLast] = useState(remembered)
  const applications = targets.filter(({ kind }) => kind === 'application')
  const named = (name: string | null) => (name ? targets.find((each) => each.name === name) : undefined)
  const target = named(pageTarget) ?? named(asked) ?? named(last) ?? applications[0] ?? null

  // Holdfast's own database is looked at now and then; the next page is about an application's again.
  const name = target?.kind === 'application' ? target.name : null
  useEffect(() => {
    if (!name) return
    setLast(name)
    // biome-ignore lint/suspicious/noDocumentCookie: the Cookie Store API is missing in browsers we support
    document.cookie = `${cookieName}=${encodeURIComponent(name)}; path=/; max-age=${yearSeconds}; samesite=lax`
  }, [name, cookieName])

  const state = useMemo(() => ({ user, targets, target, setPageTarget }), [user, targets, target])
  return <ShellContext value={state}>{children}</ShellContext>
}

/** Put it on a page about one record (an incident, an operation): the bar then shows that record's target. */
export function PageTarget({ name }: { name: string | null | undefined }) {
  const { setPageTarget } = useShell()
  useEffect(() => {
    setPageTarget(name ?? null)
    return () => setPageTarget(null)
  }, [name, setPageTarget])
  return null
}
