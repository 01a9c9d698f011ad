import { globSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { desc } from 'drizzle-orm'
import { beforeAll, describe, expect, it } from 'vitest'
import { auditEntries } from '#drizzle/schema/audit.ts'
import { type Grantee, permissions } from '#lib/auth/permissions.ts'
import { type Ctx, formatActor } from '#lib/context.ts'
import { packageRoot } from '#lib/env.ts'
import type { Outcome } from '#lib/errors.ts'
import { appendRows } from '#lib/testing/append-rows-kind.ts'
import { createTestPerson, createTestStore, type TestStore } from '#lib/testing/test-db.ts'

type AnyVerb = (ctx: Ctx, input: unknown) => Promise<Outcome<unknown>>

const sources = (pattern: string) =>
  globSync(pattern, { cwd: packageRoot })
    .filter((file) => !file.endsWith('.test.ts'))
    .sort()
    .map((file) => ({ file, text: readFileSync(join(packageRoot, file), 'utf8') }))

const camelCase = (kebab: string): string =>
  kebab.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase())

/** A verb's file has its name; the action stands in it, or in a constant beside it. */
const verbs = sources('lib/*/**/*.ts')
  .filter(({ file, text }) => /\bdefineVerb[(<]/.test(text) && !file.startsWith('lib/testing/'))
  .map(({ file, text }) => ({
    file,
    name: camelCase(basename(file, '.ts')),
    action: /\baction(?:: | = )'([a-z-]+\.[a-z-]+)'/.exec(text)?.[1] ?? '',
  }))

const everybody: Grantee[] = ['viewer', 'admin', 'commander', 'operator', 'worker', 'token']

describe('every verb', () => {
  let store: TestStore
  const doors = new Map<Grantee, Ctx>()
  beforeAll(async () => {
    store = await createTestStore()
    for (const role of ['viewer', 'admin', 'commander'] as const) {
      doors.set(role, await createTestPerson(store, role))
    }
    doors.set('operator', store.ctx)
    doors.set('worker', { ...store.ctx, actor: { kind: 'worker', workerId: 'test' } })
    doors.set('token', { ...store.ctx, actor: { kind: 'token', tokenId: 'x', name: 'deploy' } })
  })

  it('is found, with an action that the permissions know', () => {
    expect(verbs.length).toBeGreaterThan(25)
    expect(verbs.filter(({ action }) => !permissions[action])).toEqual([])
  })

  it('has a permission that some verb uses', () => {
    const used = new Set(verbs.map(({ action }) => action))
    expect(Object.keys(permissions).filter((action) => !used.has(action))).toEqual([])
  })

  const table = verbs.flatMap((verb) => everybody.map((who) => ({ ...verb, who })))

  it.each(table)('$name by $who is refused and audited unless $action is granted', async (row) => {
    const { file, name, action, who } = row
    const loaded = (await import(join(packageRoot, file))) as Record<string, AnyVerb>
    const verb = loaded[name]
    expect(verb, `${file} exports ${name}`).toBeTypeOf('function')
    const ctx = doors.get(who)!
    const call =
      name === 'requestOperation'
        ? (verb as unknown as (ctx: Ctx, kind: unknown, input: unknown) => Promise<Outcome<unknown>>)(
            ctx,
            appendRows,
            {},
          )
        : verb!(ctx, {})
    const outcome = await call
    const code = outcome.ok ? 'done' : outcome.refusal.code
    if (permissions[action]!.includes(who)) {
      expect(code).not.toBe('forbidden')
      return
    }
    expect(code).toBe('forbidden')
    const [newest] = await store.db.select().from(auditEntries).orderBy(desc(auditEntries.seq)).limit(1)
    expect(newest).toMatchObject({ actor: formatActor(ctx.actor), action, outcome: 'refused' })
  })
})

describe('every server action', () => {
  // Those of the sign-in pages act for nobody yet; the one of a message's link acts for whoever holds it.
  const actions = sources('app/**/*.ts').filter(
    ({ file, text }) => /^'use server'/m.test(text) && !/^app\/\((auth|public)\)/.test(file),
  )

  it.each(actions)('$file does nothing but call verbs as the signed-in person', ({ text }) => {
    const bodies = [...text.matchAll(/export async function (\w+)\([^)]*\)[^{]*\{([\s\S]*?)\n\}/g)]
    expect(bodies.length).toBeGreaterThan(0)
    expect(text.match(/export /g)).toHaveLength(bodies.length)
    for (const [, name, body] of bodies) {
      expect(body!.trim(), name).toMatch(/^return action\(\w+, \w+\)$/)
    }
  })
})
