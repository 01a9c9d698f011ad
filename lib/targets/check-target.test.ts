import { eq } from 'drizzle-orm'
import type postgres from 'postgres'
import { beforeAll, describe, expect, it } from 'vitest'
import { targetCredentials, targets } from '#drizzle/schema/targets.ts'
import { unwrap } from '#lib/errors.ts'
import { getJobRun } from '#lib/jobs/queries.ts'
import { runJob } from '#lib/jobs/run-job.ts'
import type { JobHandlers } from '#lib/jobs/types.ts'
import { addTarget } from '#lib/targets/add-target.ts'
import { applyPolicy } from '#lib/targets/apply-policy.ts'
import { checkTarget } from '#lib/targets/check-target.ts'
import type { Preflight } from '#lib/targets/preflight.ts'
import { findTargetByName, getPolicy, listTargetSummaries } from '#lib/targets/queries.ts'
import { removeTarget } from '#lib/targets/remove-target.ts'
import { requestTargetCheck } from '#lib/targets/request-target-check.ts'
import { setCredential } from '#lib/targets/set-credential.ts'
import {
  createTestDatabase,
  createTestPerson,
  createTestStore,
  type TestStore,
} from '#lib/testing/test-db.ts'

const schema = `
  create table public.users (id int primary key, email text);
  create table public.notes (body text);
  create table public.secrets (id int primary key);
  alter table public.secrets enable row level security;
`

describe('a registered target', () => {
  let store: TestStore
  let target: { id: string; url: string; sql: postgres.Sql; database: string }
  beforeAll(async () => {
    store = await createTestStore()
    const database = await createTestDatabase(schema)
    const { id } = unwrap(await addTarget(store.ctx, { name: 'app', url: database.url }))
    target = { ...database, id }
  })
  const check = async (name = 'app'): Promise<Preflight> => {
    const { jobRunId } = unwrap(await requestTargetCheck(store.ctx, { name }))
    await runJob(store.ctx, { 'targets.check': checkTarget } as unknown as JobHandlers, jobRunId, 'test')
    const run = await getJobRun(store.db, jobRunId)
    expect(run.error).toBeNull()
    return run.result as Preflight
  }
  const found = ({ checks }: Preflight, name: string) => checks.find((each) => each.name === name)

  describe('checkTarget', () => {
    it('passes a superuser’s first look, with the warning and the SQL for the four roles', async () => {
      const preflight = await check()
      expect(preflight.checks.filter(({ ok, advisory }) => !ok && !advisory)).toEqual([])
      expect(preflight.ok).toBe(true)
      expect(found(preflight, 'least privilege')).toMatchObject({
        ok: false,
        advisory: true,
        hint: expect.stringMatching(/holdfast_watch.*holdfast_backup.*holdfast_restore.*holdfast_guard/s),
      })
      const [row] = await store.db.select().from(targets).where(eq(targets.id, target.id))
      expect(row).toMatchObject({ preflight: { ok: true }, status: 'reachable' })
    })

    it('names the tables that the backup role could not read, and whose rows it would not see', async () => {
      const role = `poor_${target.database}`
      await target.sql.unsafe(
        `create role ${role} login password 'pw'; grant select on public.users, public.secrets to ${role}`,
      )
      const url = new URL(target.url)
      url.username = role
      url.password = 'pw'
      unwrap(await setCredential(store.ctx, { name: 'app', role: 'backup', url: url.toString() }))
      try {
        const preflight = await check()
        expect(preflight.ok).toBe(false)
        expect(found(preflight, 'role backup')).toMatchObject({ ok: false })
        expect(found(preflight, 'tables readable')).toMatchObject({
          ok: false,
          message: 'A backup could not read public.notes.',
        })
        expect(found(preflight, 'row security')).toMatchObject({
          ok: false,
          message: expect.stringContaining('public.secrets'),
          hint: `alter role ${role} bypassrls;`,
        })
      } finally {
        await store.db.delete(targetCredentials).where(eq(targetCredentials.role, 'backup'))
        await target.sql.unsafe(`drop owned by ${role}; drop role ${role}`)
      }
    })

    it('prints SQL that makes four roles which can do their work, and no more', async () => {
      const preflight = await check()
      const suffix = target.database.slice(-6)
      const script = found(preflight, 'least privilege')!
        .hint!.replaceAll('…', 'pw')
        .replaceAll(/holdfast_(watch|backup|restore|guard)/g, `$1_${suffix}`)
      await target.sql.unsafe(script)
      const roles = ['watch', 'backup', 'restore', 'guard'] as const
      try {
        for (const role of roles) {
          const url = new URL(target.url)
          url.username = `${role}_${suffix}`
          url.password = 'pw'
          unwrap(await setCredential(store.ctx, { name: 'app', role, url: url.toString() }))
        }
        const { checks } = await check()
        expect(checks.filter(({ ok, advisory }) => !ok && !advisory)).toEqual([])
      } finally {
        for (const role of roles) {
          await store.db.delete(targetCredentials).where(eq(targetCredentials.role, role))
          await target.sql.unsafe(`drop owned by ${role}_${suffix}; drop role ${role}_${suffix}`)
        }
      }
    })

    it('advises a primary key for a protected table without one', async () => {
      const { document } = await getPolicy(store.db, target.id)
      const applied = unwrap(
        await applyPolicy(store.ctx, {
          name: 'app',
          document: { ...document, protectedTables: [{ table: 'users' }, { table: 'notes' }] },
        }),
      )
      expect(applied.warnings).toEqual([expect.stringContaining('public.notes has no primary key')])
      expect(found(await check(), 'primary keys')).toMatchObject({
        ok: false,
        advisory: true,
        message: expect.stringContaining('public.notes'),
      })
    })

    it('says when the server is not the one that was registered', async () => {
      await store.db.update(targets).set({ systemIdentifier: '1' }).where(eq(targets.id, target.id))
      expect(found(await check(), 'identity')).toMatchObject({ ok: false })
    })

    it('keeps that a target does not answer', async () => {
      const gone = await createTestDatabase()
      unwrap(await addTarget(store.ctx, { name: 'gone', url: gone.url }))
      await target.sql.unsafe(`drop database ${gone.database} with (force)`)
      const preflight = await check('gone')
      expect(preflight.ok).toBe(false)
      expect(found(preflight, 'connect')).toMatchObject({
        ok: false,
        message: expect.stringContaining('no such database'),
      })
      expect((await listTargetSummaries(store.db)).find(({ name }) => name === 'gone')?.status).toBe(
        'unreachable',
      )
    })

    it('is refused to a viewer', async () => {
      const viewer = await createTestPerson(store, 'viewer')
      expect(await requestTargetCheck(viewer, { name: 'app' })).toMatchObject({
        refusal: { code: 'forbidden' },
      })
    })
  })

  describe('setCredential', () => {
    it('refuses a URL that leads elsewhere, and a viewer', async () => {
      const url = new URL(target.url)
      url.pathname = '/postgres'
      expect(
        await setCredential(store.ctx, { name: 'app', role: 'watch', url: url.toString() }),
      ).toMatchObject({
        refusal: { code: 'credential-elsewhere' },
      })
      const viewer = await createTestPerson(store, 'viewer')
      expect(
        await setCredential(
          { ...viewer, keys: store.ctx.keys },
          { name: 'app', role: 'watch', url: target.url },
        ),
      ).toMatchObject({ refusal: { code: 'forbidden' } })
    })
  })

  describe('applyPolicy', () => {
    const apply = (document: unknown) => applyPolicy(store.ctx, { name: 'app', document })

    it('makes a new version, and none for the document in force', async () => {
      const { version, document } = await getPolicy(store.db, target.id)
      expect(await apply({ ...document, timeZone: 'Europe/Berlin' })).toMatchObject({
        ok: true,
        value: { version: version + 1, changed: true },
      })
      expect(await apply({ ...document, timeZone: 'Europe/Berlin' })).toMatchObject({
        value: { version: version + 1, changed: false },
      })
    })

    it.each([
      ['an unknown key', { protectedTable: [] }, 'invalid-input', 'protectedTable'],
      [
        'a table that is not there',
        { protectedTables: [{ table: 'user' }] },
        'policy-mismatch',
        'public.users',
      ],
      [
        'a broken pattern',
        { codePatterns: [{ name: 'x', table: 'users', column: 'email', patterns: { a: '(' } }] },
        'policy-mismatch',
        'parentheses',
      ],
      [
        'a probe that cannot be planned',
        { probes: [{ name: 'x', sql: 'select nothing from public.users' }] },
        'policy-mismatch',
        'nothing',
      ],
      [
        'a probe of two statements',
        { probes: [{ name: 'x', sql: 'select 1; drop table public.users' }] },
        'policy-mismatch',
        'multiple commands',
      ],
      [
        'a probe that would run while it is explained',
        { probes: [{ name: 'x', sql: 'analyze select pg_sleep(0)' }] },
        'policy-mismatch',
        'syntax error',
      ],
    ])('refuses %s and names it', async (_, document, code, named) => {
      const before = await getPolicy(store.db, target.id)
      expect(await apply(document)).toMatchObject({
        ok: false,
        refusal: { code, reason: expect.stringContaining(named) },
      })
      expect((await getPolicy(store.db, target.id)).version).toBe(before.version)
    })

    it('refuses a viewer, and a target that is not there', async () => {
      const viewer = await createTestPerson(store, 'viewer')
      expect(await applyPolicy(viewer, { name: 'app', document: {} })).toMatchObject({
        refusal: { code: 'forbidden' },
      })
      expect(await applyPolicy(store.ctx, { name: 'nope', document: {} })).toMatchObject({
        refusal: { code: 'target-not-found' },
      })
    })
  })

  describe('removeTarget', () => {
    it('wants the typed name, refuses a viewer, forgets the credentials and keeps the history', async () => {
      const viewer = await createTestPerson(store, 'viewer')
      expect(await removeTarget(viewer, { name: 'app', typedName: 'app' })).toMatchObject({
        refusal: { code: 'forbidden' },
      })
      expect(await removeTarget(store.ctx, { name: 'app', typedName: 'ap' })).toMatchObject({
        refusal: { code: 'invalid-input' },
      })
      unwrap(await removeTarget(store.ctx, { name: 'app', typedName: 'app' }))
      expect(await findTargetByName(store.db, 'app')).toBeNull()
      const credentials = await store.db
        .select()
        .from(targetCredentials)
        .where(eq(targetCredentials.targetId, target.id))
      expect(credentials).toEqual([])
      expect(await store.db.select().from(targets).where(eq(targets.id, target.id))).toHaveLength(1)
      unwrap(await addTarget(store.ctx, { name: 'app', url: target.url }))
    })
  })
})
