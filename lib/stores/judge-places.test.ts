import { describe, expect, it } from 'vitest'
import { judgePlaces, type Place } from '#lib/stores/judge-places.ts'

const local = (directory: string | null): Place => ({
  name: directory ?? 'local',
  kind: 'local',
  settings: { directory },
  status: 'reachable',
})
const s3 = (allowPrivate: boolean, lockDays: number | null): Place => ({
  name: 's3',
  kind: 's3',
  settings: { allowPrivate, lockDays } as Place['settings'],
  status: 'reachable',
})

describe('three copies, two kinds of place, one elsewhere', () => {
  it('is kept by a disk and a locked bucket outside', () => {
    expect(judgePlaces([local(null), s3(false, 30)])).toEqual({
      copies: 3,
      isElsewhere: true,
      isLocked: true,
      lacks: [],
    })
  })

  it('names what is missing, and does not count a private network as elsewhere', () => {
    expect(judgePlaces([local(null)]).lacks.join()).toMatch(
      /one place only.*beside Holdfast.*directories.*locked/,
    )
    expect(judgePlaces([local(null), local('/mnt/b')]).lacks.join()).toMatch(/^All of them are directories/)
    expect(judgePlaces([local('/mnt/b'), s3(true, 7)])).toMatchObject({ isElsewhere: false, isLocked: true })
    expect(judgePlaces([local('/mnt/b'), s3(false, null)]).lacks).toHaveLength(1)
  })
})
