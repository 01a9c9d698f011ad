import { countOf } from '#lib/format/format-count.ts'
import { formatUtc } from '#lib/format/format-time.ts'
import { healthy, unhealthy } from '#lib/health/judgement.ts'
import { isGrave, nameChange } from '#lib/health/schema-changes.ts'
import type { SchemaVersion } from '#lib/health/schema-queries.ts'
import type { Judgement, PlanChecks } from '#lib/health/types.ts'

const shown = 3

/** Every change of the schema is somebody's deployment, or somebody has to say why it is right. */
export function judgeSchemaChanges(unexplained: readonly SchemaVersion[], targetName: string): Judgement {
  const changes = unexplained.flatMap(({ changes: all, seenAt }) =>
    all.filter(({ deployment }) => deployment === null).map((change) => ({ change, seenAt })),
  )
  if (changes.length === 0) return healthy('Every change of the schema is accounted for.')
  const told = changes.slice(0, shown).map(({ change }) => nameChange(change))
  const more = changes.length > shown ? ` and ${changes.length - shown} more` : ''
  return unhealthy(
    changes.some(({ change }) => isGrave(change)) ? 'CRITICAL' : 'WARNING',
    `${countOf(changes.length, 'schema change')} that no deployment accounts for: ${told.join('; ')}${more}.`,
    {
      affected: changes.length,
      samples: changes.slice(0, 20).map(({ change, seenAt }) => ({
        id: `${change.kind} ${change.name}`,
        label: nameChange(change),
        note: `seen ${formatUtc(seenAt)}`,
      })),
      remedy: `See what changed, then take it back or accept it: holdfast health schema ${targetName} --accept ${unexplained[0]!.id} --reason '…'`,
    },
  )
}

/** `schema.changes`. */
export const planSchemaChangeChecks: PlanChecks = ({ living }) =>
  living?.schemaChanges
    ? [
        {
          check: 'schema.changes',
          area: 'schema',
          title: 'Schema changed only by deployments',
          known: living.schemaChanges,
        },
      ]
    : []
