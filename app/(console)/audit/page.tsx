import type { Metadata } from 'next'
import type { SearchParams } from '#app/_web/current-target.ts'
import { load } from '#app/_web/read.ts'
import { requireUser } from '#app/_web/session.ts'
import { readAuditQuery } from './audit-filter.ts'
import { AuditScreen } from './audit-screen.tsx'
import { auditRead } from './queries.ts'

export const metadata: Metadata = { title: 'Audit' }

export default async function AuditPage({ searchParams }: { searchParams: SearchParams }) {
  await requireUser()
  const query = readAuditQuery(await searchParams)
  return <AuditScreen query={query} loaded={await load(auditRead, query)} />
}
