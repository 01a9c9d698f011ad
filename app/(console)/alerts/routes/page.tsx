import type { Metadata } from 'next'
import type { SearchParams } from '#app/_web/current-target.ts'
import { load } from '#app/_web/read.ts'
import { requireUser } from '#app/_web/session.ts'
import { routesRead } from '#app/(console)/alerts/routes/queries.ts'
import { RoutesScreen } from '#app/(console)/alerts/routes/routes-screen.tsx'
import { isUuid } from '#lib/sql/uuid.ts'

export const metadata: Metadata = { title: 'Routes' }

const one = (value: string | string[] | undefined): string => (typeof value === 'string' ? value : '')

export default async function RoutesPage({ searchParams }: { searchParams: SearchParams }) {
  await requireUser()
  const { fingerprint, severity, about, at } = await searchParams
  const when = one(at) ? new Date(`${one(at)}Z`) : null
  const asked = one(fingerprint)
    ? {
        fingerprint: one(fingerprint).slice(0, 200),
        severity:
          (['INFO', 'WARNING', 'CRITICAL', 'EMERGENCY'] as const).find((s) => s === one(severity)) ??
          'CRITICAL',
        targetId: isUuid(one(about)) ? one(about) : null,
        at: when && !Number.isNaN(when.getTime()) ? when.toISOString() : null,
      }
    : null
  return <RoutesScreen loaded={await load(routesRead, { asked })} />
}
