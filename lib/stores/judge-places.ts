import type { LocalSettings, S3Settings, StoreRecord } from '#lib/stores/types.ts'

export type Place = Pick<StoreRecord, 'name' | 'kind' | 'settings' | 'status'>

export interface PlacesJudgement {
  /** The database itself and its archives' stores. */
  copies: number
  /** In an S3 store outside of our own network. */
  isElsewhere: boolean
  /** Nobody can delete it for a time, also with the key. */
  isLocked: boolean
  /** What is missing from three copies in two kinds of place with one elsewhere, and what to do. */
  lacks: string[]
}

const isDataDirectory = ({ kind, settings }: Place): boolean =>
  kind === 'local' && (settings as LocalSettings).directory === null

const isOutside = ({ kind, settings }: Place): boolean =>
  kind === 's3' && !(settings as S3Settings).allowPrivate

/** Holds a target's stores against the rule of three copies, two kinds of place, one elsewhere. */
export function judgePlaces(places: readonly Place[]): PlacesJudgement {
  const isElsewhere = places.some(isOutside)
  const isLocked = places.some(
    ({ kind, settings }) => kind === 's3' && (settings as S3Settings).lockDays !== null,
  )
  const lacks: string[] = []
  if (places.length < 2) lacks.push('Its archives lie in one place only. Add a second store to the policy.')
  if (places.every(isDataDirectory) && places.length > 0)
    lacks.push('They lie beside Holdfast’s own data: the loss of that disk takes both.')
  if (places.every(({ kind }) => kind === 'local'))
    lacks.push('All of them are directories of this host. Add an S3 store.')
  else if (!isElsewhere)
    lacks.push('Its S3 stores are in a private network. Whether that is another site, Holdfast cannot see.')
  if (!isLocked) lacks.push('None is locked: whoever has the keys can delete all of them.')
  return { copies: places.length + 1, isElsewhere, isLocked, lacks }
}
