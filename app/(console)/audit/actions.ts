'use server'

import { action } from '#app/_web/action.ts'
import { exportAudit } from '#lib/audit/export-audit.ts'
import { verifyAudit } from '#lib/audit/verify-audit.ts'

export async function verifyAuditAction(input: unknown) {
  return action(verifyAudit, input)
}

export async function exportAuditAction(input: unknown) {
  return action(exportAudit, input)
}
