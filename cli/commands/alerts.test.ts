import { beforeAll, describe, expect, it } from 'vitest'
import { evaluateAlerts } from '#lib/alerts/evaluate-alerts.ts'
import { listAlerts } from '#lib/alerts/queries.ts'
import { recordFinding, recordTarget } from '#lib/testing/alert-records.ts'
import { startProgram } from '#lib/testing/program.ts'
import { recordChannel } from '#lib/testing/telling-stage.ts'
import { createTestPerson, createTestStore, type TestStore } from '#lib/testing/test-db.ts'

describe('holdfast alerts, routes, on-call and windows', { timeout: 120_000 }, () => {
  let store: TestStore
  beforeAll(async () => {
    store = await createTestStore()
  })
  const holdfast = async (...args: string[]) => {
    const program = startProgram('cli/main.ts', ['--json', ...args], { DATABASE_URL: store.url })
    const exit = await program.ended
    const text = program.output()
    return { exit, json: JSON.parse(text.slice(text.indexOf('\n{') + 1 || text.indexOf('{'))) }
  }
  const minutesFromNow = (minutes: number) => new Date(Date.now() + minutes * 60_000).toISOString()

  it('sets who is told and when, and explains it before and after it happens', async () => {
    const target = await recordTarget(store.db)
    const chat = await recordChannel(store.db)
    await recordChannel(store.db, 'email')
    const { actor } = await createTestPerson(store, 'admin')
    const email = actor.kind === 'user' ? actor.email : ''
    const made = await holdfast(
      ...['on-call', 'rotation', 'add', 'first', '--members', email, '--starts', minutesFromNow(-60)],
      ...['--days', '7', '--zone', 'Europe/Berlin'],
    )
    expect(made.exit).toBe(0)
    const shown = await holdfast('on-call', 'show', 'first')
    expect(shown.json.onCall).toMatchObject([{ rotation: 'first', email, isOverride: false }])
    const route = await holdfast(
      ...['routes', 'add', 'night', '--severity', 'warning', '--targets', target.name],
      ...['--steps', `0 ${chat.name}; 15 @first`, '--repeat', '60'],
    )
    expect(route).toMatchObject({ exit: 0, json: { name: 'night', position: 1 } })
    const explained = await holdfast('alerts', 'explain', 'health:rows.count:a', '--target', target.name)
    expect(explained.json).toMatchObject({
      route: { name: 'night' },
      steps: [
        { step: 1, kind: 'fired', tells: [chat.name] },
        { step: 2, kind: 'escalated', tells: [expect.stringContaining('on call, first')] },
        { step: 1, kind: 'reminded' },
      ],
    })
    await recordFinding(store.db, target.id, {})
    await evaluateAlerts(store.ctx, target.id)
    const { id } = (await listAlerts(store.db, { targetId: target.id }))[0]!
    const { json: alert } = await holdfast('alerts', 'show', id)
    expect(alert).toMatchObject({
      id,
      status: 'firing',
      deliveries: [{ channel: chat.name, kind: 'fired', status: 'queued' }],
      next: { steps: [{ step: 2 }, { kind: 'reminded' }] },
      earlier: [],
    })
    expect(alert.events.map(({ kind }: { kind: string }) => kind).sort()).toEqual(['fired', 'told'])
  })

  it('announces, lists and cancels a window, and refuses one in which nobody would ever be paged', async () => {
    const window = await holdfast('windows', 'add', 'New disks', '--minutes', '60', '--public')
    expect(window).toMatchObject({ exit: 0, json: { title: 'New disks', target: null, isPublic: true } })
    expect((await holdfast('windows', 'list')).json.windows).toMatchObject([{ title: 'New disks' }])
    expect(await holdfast('windows', 'cancel', window.json.id)).toMatchObject({ exit: 0 })
    const endless = await holdfast('windows', 'add', 'Always', '--minutes', '120', '--repeat', '0 * * * *')
    expect(endless).toMatchObject({ exit: 3, json: { error: { code: 'window-never-ends' } } })
  })

  it('silences by fingerprint and ends it; and says what a route lacks', async () => {
    const silence = await holdfast(
      'alerts',
      'silence',
      'performance:*',
      '--minutes',
      '30',
      '--note',
      'load test',
    )
    expect(silence.exit).toBe(0)
    expect(await holdfast('alerts', 'end-silence', silence.json.silenceId)).toMatchObject({ exit: 0 })
    expect(await holdfast('routes', 'add', 'bad', '--steps', '0 nowhere')).toMatchObject({ exit: 4 })
  })
})
