import { countOf } from '#lib/format/format-count.ts'

/** What two incidents are compared by. */
export interface Traits {
  targetId: string | null
  kind: string
  fingerprints: readonly string[]
  /** `role · application` of whoever deleted or was refused. */
  origins: readonly string[]
  deploymentIds: readonly string[]
}

const sharedOf = (a: readonly string[], b: readonly string[]): string[] =>
  [...new Set(a)].filter((each) => b.includes(each))

/** Why another incident may tell something about this one, the strongest reason first; empty when nothing does. A pure rule. */
export function judgeRelated(own: Traits, other: Traits): string[] {
  const deployments = sharedOf(own.deploymentIds, other.deploymentIds)
  const origins = sharedOf(own.origins, other.origins)
  const fingerprints = sharedOf(own.fingerprints, other.fingerprints)
  const isSameKind = own.targetId === other.targetId && own.kind === other.kind && own.kind !== 'other'
  return [
    ...(deployments.length > 0 ? [`${countOf(deployments.length, 'deployment')} came just before both`] : []),
    ...(origins.length > 0 ? [`the same hand: ${origins.slice(0, 2).join(', ')}`] : []),
    ...(fingerprints.length > 0 ? [`${countOf(fingerprints.length, 'alert')} fired in both`] : []),
    ...(isSameKind
      ? [own.targetId === null ? 'the same kind of trouble' : 'the same kind of trouble on the same database']
      : []),
  ]
}
