import { eq, sql } from 'drizzle-orm'
import { beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { sessions, users } from '#drizzle/schema/auth.ts'
import type { Ctx } from '#lib/context.ts'
import { announceChanges } from '#lib/db/changes.ts'
import {
  createViewer,
  type LiveStage,
  openLiveStage,
  type ShownEvent,
  type TestPage,
  userOf,
} from '#lib/testing/live-stage.ts'

const shown = 'shown~null'
const texts = (event: ShownEvent): string[] =>
  event.name === 'data' ? (JSON.parse(event.data) as { data: { texts: string[] } }).data.texts : []
const showing = (text: string) => (event: ShownEvent) => texts(event).includes(text)
const countData = (page: TestPage) => page.heard.filter(({ name }) => name === 'data').length
const listens = ({ name, data }: ShownEvent) => name === 'state' && data === 'up'
const rest = (ms: number) => new Promise((done) => setTimeout(done, ms))

describe('a page that is live', () => {
  let stage: LiveStage
  let person: Ctx
  let pages: TestPage[] = []

  beforeAll(async () => {
    stage = await openLiveStage({ sessionsEveryMs: 400 })
    const first = await stage.open(await createViewer(stage), [shown])
    await first.hears(listens)
    await rest(400)
    first.close()
  })
  beforeEach(async () => {
    for (const page of pages) page.close()
    pages = []
    await stage.store.db.execute(sql`truncate shown_texts`)
    person = await createViewer(stage)
  })

  const open = async (who: Ctx, reads = [shown], at = Date.now() + 60_000): Promise<TestPage> => {
    const page = await stage.open(who, reads, at)
    pages.push(page)
    await page.hears(listens)
    return page
  }
  const openMany = async (count: number) => {
    const people = await Promise.all(Array.from({ length: Math.ceil(count / 10) }, () => createViewer(stage)))
    return Promise.all(Array.from({ length: count }, (_, index) => open(people[index % people.length]!)))
  }

  const costOf = async (count: number, word: string): Promise<number> => {
    const opened = await openMany(count)
    const before = stage.countReads()
    for (const turn of ['a', 'b', 'c']) {
      await stage.show(`${word} ${turn}`)
      await Promise.all(opened.map((page) => page.hears(showing(`${word} ${turn}`))))
      await rest(350)
    }
    for (const page of opened) page.close()
    return stage.countReads() - before
  }

  test('costs the control database the same whether one or fifty watch: one reading for each change', async () => {
    expect(await costOf(1, 'one')).toBe(3)
    expect(await costOf(50, 'fifty')).toBe(3)
  })

  test('is read at most once in an interval, however often it changes', async () => {
    const page = await open(person)
    const before = stage.countReads()
    for (let turn = 0; turn < 20; turn++) {
      await stage.show(`turn ${turn}`)
      await rest(60)
    }
    await page.hears(showing('turn 19'))
    const times = stage.readTimes().slice(before)
    const gaps = times.slice(1).map((time, index) => time - times[index]!)
    expect(gaps.length).toBeGreaterThan(1)
    expect(Math.min(...gaps)).toBeGreaterThan(280)
  })

  test('is sent nothing when what it shows has not changed', async () => {
    const page = await open(person)
    await stage.show('once')
    await page.hears(showing('once'))
    const [before, sent] = [stage.countReads(), countData(page)]
    await stage.announce()
    await rest(700)
    expect(stage.countReads()).toBe(before + 1)
    expect(countData(page)).toBe(sent)
  })

  test('is told at once what changed after it was made and before it listened', async () => {
    const madeAt = Date.now()
    await stage.show('meanwhile')
    await rest(300)
    const page = await open(person, [shown], madeAt)
    await page.hears(showing('meanwhile'))
  })

  test('shows what depends on a person to that person alone', async () => {
    const other = await createViewer(stage)
    const [mine, theirs] = [await open(person, ['own~{"word":"a"}']), await open(other, ['own~{"word":"a"}'])]
    await stage.show('own')
    const emails = await Promise.all(
      [mine, theirs].map(async (page) => (await page.hears(({ name }) => name === 'data')).data),
    )
    expect(emails[0]).toContain(userOf(person).email)
    expect(emails[0]).not.toContain(userOf(other).email)
    expect(emails[1]).toContain(userOf(other).email)
  })

  test('shows what depends on a role to that role alone', async () => {
    const [low, high] = [await open(person), await open(await createViewer(stage, 'admin'))]
    await stage.show('roles')
    expect((await low.hears(showing('roles'))).data).toContain('"role":"viewer"')
    expect((await high.hears(showing('roles'))).data).toContain('"role":"admin"')
  })

  test('asks by itself for what can no longer be read', async () => {
    const page = await open(person, ['gone~null'])
    await stage.announce()
    expect((await page.hears(({ name }) => name === 'again')).data).toBe('gone~null')
  })

  test('ends within seconds of the sign-out, and is sent nothing from then on', async () => {
    const page = await open(person)
    const { sessionId } = userOf(person)
    await stage.store.db.update(sessions).set({ revokedAt: sql`now()` }).where(eq(sessions.id, sessionId))
    await page.hears(({ name }) => name === 'ended')
    const sent = countData(page)
    await stage.show('after the end')
    await rest(500)
    expect(countData(page)).toBe(sent)
    expect(page.isClosed()).toBe(true)
  })

  test('ends when the account is disabled, and is opened anew when the person has another role', async () => {
    const [disabled, demoted] = [person, await createViewer(stage, 'admin')]
    const [first, second] = [await open(disabled), await open(demoted)]
    const { db } = stage.store
    await db
      .update(users)
      .set({ disabledAt: sql`now()` })
      .where(eq(users.id, userOf(disabled).id))
    await db
      .update(users)
      .set({ role: 'viewer' })
      .where(eq(users.id, userOf(demoted).id))
    await announceChanges(db, ['users'])
    await first.hears(({ name }) => name === 'ended')
    for (let wait = 0; wait < 100 && !second.isClosed(); wait++) await rest(25)
    expect(second.isClosed()).toBe(true)
    expect(second.heard.some(({ name }) => name === 'ended')).toBe(false)
  })

  test('that does not take what it is sent gets the newest alone, once it does', async () => {
    const page = await open(person)
    page.response.pause()
    const filler = 'x'.repeat(3_000_000)
    for (let turn = 0; turn < 12; turn++) {
      await stage.store.db.execute(sql`truncate shown_texts`)
      await stage.show(`${turn} ${filler}`)
      await rest(320)
    }
    const before = countData(page)
    page.response.resume()
    await page.hears((event) => texts(event).some((text) => text.startsWith('11 ')))
    expect(countData(page) - before).toBeLessThan(8)
  })

  test('is refused beyond what one session may open', async () => {
    for (let page = 0; page < 20; page++) await open(person)
    const refused = await stage.open(person, [shown])
    expect(refused.response.statusCode).toBe(429)
  })
})
