import { beforeAll, describe, expect, it } from 'vitest'
import { moveIncident } from '#lib/incidents/move-incident.ts'
import { openIncident } from '#lib/incidents/open-incident.ts'
import { getIncident } from '#lib/incidents/queries.ts'
import { recordGuardEvent, recordTarget } from '#lib/testing/alert-records.ts'
import { createTestStore, type TestStore } from '#lib/testing/test-db.ts'
import { judgeRelated, type Traits } from './judge-related.ts'
import { listRelated } from './list-related.ts'

const own: Traits = {
  targetId: 'a',
  kind: 'data-loss',
  fingerprints: ['health:rows', 'guard:blocked:x'],
  origins: ['agent · psql'],
  deploymentIds: ['d1'],
}
const stranger: Traits = { targetId: 'b', kind: 'backups', fingerprints: [], origins: [], deploymentIds: [] }

describe('related incidents', () => {
  let store: TestStore
  beforeAll(async () => {
    store = await createTestStore()
  })

  it('says why, the strongest reason first, and nothing of strangers', () => {
    expect(judgeRelated(own, stranger)).toEqual([])
    expect(judgeRelated(own, { ...stranger, targetId: 'a' })).toEqual([])
    expect(judgeRelated(own, { ...own, kind: 'backups' })).toEqual([
      '1 deployment came just before both',
      'the same hand: agent · psql',
      '2 alerts fired in both',
    ])
    expect(judgeRelated({ ...own, kind: 'other' }, { ...stranger, targetId: 'a', kind: 'other' })).toEqual([])
  })

  it('finds the hand that deleted before, also in another database', async () => {
    const minutesAgo = (minutes: number) => new Date(Date.now() - minutes * 60_000)
    const made = []
    for (const application of ['cleanup-bot', 'cleanup-bot', 'website']) {
      const target = await recordTarget(store.db)
      await recordGuardEvent(store.db, target.id, {
        kind: 'deleted',
        applicationName: application,
        at: minutesAgo(5),
      })
      const outcome = await openIncident(store.ctx, {
        targetId: target.id,
        title: application,
        severity: 'WARNING',
        beganAt: minutesAgo(6),
      })
      if (!outcome.ok) throw new Error(outcome.refusal.reason)
      made.push(outcome.value.incidentId)
    }
    await moveIncident(store.ctx, { incidentId: made[0], to: 'resolved', resolution: 'Bot was stopped.' })
    const related = await listRelated(store.db, await getIncident(store.db, made[1]!))
    expect(related).toMatchObject([
      { id: made[0], reasons: ['the same hand: agent · cleanup-bot'], resolution: 'Bot was stopped.' },
    ])
  })
})
