import type { GuardPrints } from '#lib/guards/read-prints.ts'
import type { GuardObject } from '#lib/guards/types.ts'

/** What Holdfast last installed in a target, as it then was. */
export interface GuardRecord {
  /** `found`: nothing was recorded by the installation; this is what was there when that was noticed. */
  origin: 'installed' | 'found'
  prints: GuardPrints
}

export interface RecordComparison {
  /** Not as this version wants it, but as it was recorded: older, and nobody changed it. */
  isOlder(object: GuardObject): boolean
  /** What to say of a table whose guard is older; the end of a sentence. */
  olderWords: string
  /** What was recorded, is not as it was, and is no part of what this version wants. Ends of sentences. */
  strays: string[]
}

const olderWords = {
  installed:
    'As last installed, and still refusing; this version of Holdfast, the policy or the table asks for a newer one',
  found:
    'Older than this version of Holdfast, or changed by somebody: what was installed was not recorded then, so nothing tells which',
}

/** What an upgrade replaces and adds. Where nothing was recorded, anything else that differs counts as changed. */
const upgradeable = /^(function|table|column|sequence) /

/**
 * Tells what is merely older from what was changed. `planned` is everything that this version wants or wants gone. Without
 * a record nothing is older. Pure.
 */
export function compareWithRecord(
  planned: readonly GuardObject[],
  live: GuardPrints,
  record: GuardRecord | null,
): RecordComparison {
  if (!record) return { isOlder: () => false, strays: [], olderWords: '' }
  const names = new Set(planned.map((object) => object.object))
  const strays = Object.entries(record.prints)
    .filter(([object, print]) => !names.has(object) && live[object] !== print)
    .map(([object]) => `the ${object} ${live[object] ? 'was changed after it was installed' : 'is gone'}`)
  return {
    isOlder: ({ object, state }) => {
      if (record.origin === 'found' && !upgradeable.test(object)) return false
      // A relation without an entry was not guarded by any version: a new partition.
      if (state === 'missing') return !object.startsWith('guard of ') && !(object in record.prints)
      return state === 'different' && object in live && live[object] === record.prints[object]
    },
    strays,
    olderWords: olderWords[record.origin],
  }
}
