import { z } from 'zod'
import { defineRead } from '#app/_web/read.ts'
import { isGrave, nameChange } from '#lib/health/schema-changes.ts'
import { diffLines } from '#lib/health/schema-diff.ts'
import { listSchemaVersions } from '#lib/health/schema-queries.ts'
import { getTarget } from '#lib/targets/queries.ts'

const shownVersions = 50
const shownChanges = 60
const shownLines = 200

/** The change log as the page shows it: each change already a diff, and no more of a large one than anybody reads. */
export const schemaRead = defineRead({
  name: 'health-schema',
  topics: ['health'],
  audience: 'role',
  input: z.object({ targetId: z.uuid() }),
  async read({ db, user }, { targetId }) {
    const [target, versions] = await Promise.all([
      getTarget(db, targetId),
      listSchemaVersions(db, targetId, shownVersions + 1),
    ])
    return {
      role: user.role,
      target: { id: target.id, name: target.name },
      hasMore: versions.length > shownVersions,
      versions: versions.slice(0, shownVersions).map(({ changes, ...version }) => ({
        ...version,
        total: changes.length,
        changes: changes.slice(0, shownChanges).map((change) => ({
          kind: change.kind,
          name: change.name,
          change: change.change,
          words: nameChange(change),
          grave: isGrave(change),
          deployment: change.deployment,
          lines: diffLines(change).slice(0, shownLines),
        })),
      })),
    }
  },
})
