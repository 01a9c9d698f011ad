import { existsSync, readFileSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { dataDirectory, ensureDataDirectory } from '#lib/env.ts'
import { findKeyRing, type KeyRing } from '#lib/keys.ts'

/** An act at the host while nobody could write it into the audit. */
export interface EmergencyEntry {
  id: string
  at: string
  phase: 'begun' | 'done' | 'failed'
  act: string
  actor: string
  reason: string
  database: string
  detail: Record<string, unknown>
}

interface SignedEntry {
  entry: EmergencyEntry
  keyId: string
  mac: string
}

const purpose = 'emergency-log'

export const emergencyLogPath = (): string => join(dataDirectory(), 'emergency.log')

/** Appends one signed line, on the disk when it returns. Each call is one more. */
export async function appendEmergencyEntry(keys: KeyRing, entry: EmergencyEntry): Promise<void> {
  const line: SignedEntry = { entry, keyId: keys.keyId, mac: keys.mac(purpose, JSON.stringify(entry)) }
  ensureDataDirectory()
  const file = await open(emergencyLogPath(), 'a', 0o600)
  try {
    await file.writeFile(`${JSON.stringify(line)}\n`)
    await file.sync()
  } finally {
    await file.close()
  }
}

/** The log's lines, each with whether a key at hand signed it. A line that is not one is told as broken. */
export function readEmergencyLog(
  keys: KeyRing,
): { entry: EmergencyEntry | null; line: string; isAuthentic: boolean }[] {
  if (!existsSync(emergencyLogPath())) return []
  const lines = readFileSync(emergencyLogPath(), 'utf8').split('\n').filter(Boolean)
  return lines.map((line) => {
    try {
      const { entry, keyId, mac } = JSON.parse(line) as SignedEntry
      const isAuthentic = findKeyRing(keys, keyId)?.mac(purpose, JSON.stringify(entry)) === mac
      return { entry: isAuthentic ? entry : null, line, isAuthentic }
    } catch {
      return { entry: null, line, isAuthentic: false }
    }
  })
}
