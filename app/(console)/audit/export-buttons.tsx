'use client'

import { Download } from 'lucide-react'
import { useAction } from '#app/_web/use-action.ts'
import { Button } from '#components/ui/button.tsx'
import { can } from '#lib/auth/permissions.ts'
import type { Role } from '#lib/context.ts'
import { exportAuditAction } from './actions.ts'
import type { AuditQuery } from './audit-filter.ts'

function saveAs(fileName: string, content: string, type: string): void {
  const url = URL.createObjectURL(new Blob([content], { type }))
  const link = document.createElement('a')
  link.href = url
  link.download = fileName
  link.click()
  URL.revokeObjectURL(url)
}

/** Saves the filtered entries as a file; the export itself is an entry. */
export function ExportButtons({ query, role }: { query: AuditQuery; role: Role }) {
  const exporting = useAction(exportAuditAction, {
    onDone: ({ fileName, content }) =>
      saveAs(fileName, content, fileName.endsWith('.csv') ? 'text/csv' : 'application/x-ndjson'),
  })
  if (!can(role, 'audit.export')) return null
  const { before: _page, ...filter } = query
  return (
    <>
      <Button pending={exporting.pending} onClick={() => exporting.run({ ...filter, format: 'csv' })}>
        <Download /> CSV
      </Button>
      <Button pending={exporting.pending} onClick={() => exporting.run({ ...filter, format: 'jsonl' })}>
        <Download /> JSON lines
      </Button>
    </>
  )
}
