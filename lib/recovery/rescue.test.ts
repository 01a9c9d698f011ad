import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { eq } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { auditEntries } from '#drizzle/schema/audit.ts'
import { unwrap } from '#lib/errors.ts'
import { takeEmergencyLog } from '#lib/recovery/take-emergency-log.ts'
import { applyPolicy } from '#lib/targets/apply-policy.ts'
import { getPolicy } from '#lib/targets/queries.ts'
import { type BackupStage, createBackupStage } from '#lib/testing/backup-stage.ts'
import { startProgram } from '#lib/testing/program.ts'

const script = `
  create table public.users (id int primary key, email text not null);
  create table public.orgs (id int primary key, name text not null);
  create table public.org_members (user_id int not null references public.users, org_id int not null references public.orgs, role text not null, primary key (user_id, org_id));
  insert into public.users select n, 'u' || n || '@example.com' from generate_series(1, 40) n;
  insert into public.orgs values (1, 'One'), (2, 'Two');
  insert into public.org_members select n, 1 + n % 2, case when n < 3 then 'owner' else 'user' end from generate_series(1, 40) n;`

const rule = {
  name: 'members',
  users: { table: 'public.users', key: 'id', label: 'email' },
  organizations: { table: 'public.orgs', key: 'id', label: 'name' },
  members: { table: 'public.org_members', user: 'user_id', organization: 'org_id', role: 'role' },
}

describe('access back when the control database is gone', { timeout: 180_000 }, () => {
  let stage: BackupStage
  let root: string
  let before: string[]
  const elsewhere = mkdtempSync(join(tmpdir(), 'holdfast-rescue-'))

  /** The real program, that has the key and the store and nothing else. */
  const rescue = async (...args: string[]) => {
    const program = startProgram(
      'cli/main.ts',
      ['recovery', 'from-store', '--json', '--store', root, '--reason', 'the console is gone', ...args],
      { HOLDFAST_DATA: elsewhere, HOLDFAST_TARGET_URL: stage.target.url },
    )
    const code = await program.ended
    const output = program.output()
    const begin = output.search(/^\{/m)
    return { code, output, json: begin < 0 ? null : JSON.parse(output.slice(begin)) }
  }
  const memberships = async () =>
    (
      await stage.target.sql<{ row: string }[]>`select m::text as row from public.org_members m order by 1`
    ).map(({ row }) => row)

  beforeAll(async () => {
    stage = await createBackupStage(script)
    const { document } = await getPolicy(stage.store.db, stage.target.id)
    unwrap(
      await applyPolicy(stage.store.ctx, {
        name: stage.target.name,
        document: { ...document, protectedTables: [{ table: 'public.users' }], memberships: [rule] },
      }),
    )
    const archive = await stage.take('archive')
    expect(archive.error).toBeNull()
    root = join(stage.data, 'archives')
    before = await memberships()
    await stage.target.sql`delete from public.org_members where user_id <= 30`
  }, 180_000)
  afterAll(() => rmSync(elsewhere, { recursive: true, force: true }))

  it('gives everybody what they had from the archive and the rule that it carries, and leaves evidence', async () => {
    const shown = await rescue('--all', '--dry-run')
    expect(shown.output).toContain('BREAK-GLASS')
    expect(shown.code).toBe(0)
    expect(shown.json).toMatchObject({ ruleFrom: 'archive', promisedRows: 30, dryRun: true })
    expect(shown.json.users[0].had[0].source.kind).toBe('archive')
    expect(await memberships()).toHaveLength(10)
    const [markers] = await stage.target.sql`select to_regclass('holdfast.operation_markers') as there`
    expect(markers!.there).toBeNull()

    const done = await rescue('--all', '--yes', '--fingerprint', shown.json.fingerprint)
    expect(done.code).toBe(0)
    expect(await memberships()).toEqual(before)
    expect(done.json.result.access).toMatchObject({ people: 30 })
    expect(done.json.result.access.accessAfterMs).toBeLessThan(300_000)
    const [marker] = await stage.target.sql<{ result: { breakGlass: Record<string, string> } }[]>`
      select result from holdfast.operation_markers where operation_id = ${done.json.operation}`
    expect(marker!.result.breakGlass).toMatchObject({
      reason: 'the console is gone',
      actor: expect.stringContaining('operator'),
    })
    expect(await rescue('--all', '--dry-run')).toMatchObject({
      code: 3,
      json: { error: { code: 'nobody-locked-out' } },
    })
  })

  it('asks the snapshots in the database first, and says that nothing proves them', async () => {
    const { document } = await getPolicy(stage.store.db, stage.target.id)
    unwrap(
      await applyPolicy(stage.store.ctx, {
        name: stage.target.name,
        document: { ...document, protectedTables: [{ table: 'public.org_members' }] },
      }),
    )
    expect((await stage.take('snapshot')).error).toBeNull()
    await stage.target.sql`delete from public.org_members where user_id <= 3`
    const shown = await rescue('--user', 'u1@example.com,2', '--dry-run')
    expect(shown.json).toMatchObject({ served: ['1', '2'], promisedRows: 2 })
    expect(shown.json.users[0].had[0].source.kind).toBe('snapshot')
    expect(shown.json.warnings.join()).toContain('Nothing proves the snapshots')
  })

  it('writes nothing that nobody confirmed, and nothing but the plan that was read', async () => {
    expect(await rescue('--all')).toMatchObject({ code: 3, json: { error: { code: 'not-confirmed' } } })
    const other = await rescue('--all', '--yes', '--fingerprint', 'f'.repeat(64))
    expect(other).toMatchObject({ code: 3, json: { error: { code: 'plan-stale' } } })
    expect((await rescue('--all', '--yes')).code).toBe(2)
    expect(await memberships()).toHaveLength(37)
  })

  it('has its evidence taken into the audit by the next start, once, and tells a forged line from it', async () => {
    const log = join(elsewhere, 'emergency.log')
    const lines = readFileSync(log, 'utf8')
    const forged = lines.split('\n')[0]!.replace('the console is gone', 'nothing to see here')
    writeFileSync(log, `${lines}${forged}\n`)
    const home = process.env.HOLDFAST_DATA
    process.env.HOLDFAST_DATA = elsewhere
    try {
      expect(await takeEmergencyLog(stage.store.ctx)).toBe(3)
      expect(await takeEmergencyLog(stage.store.ctx)).toBe(0)
    } finally {
      process.env.HOLDFAST_DATA = home
    }
    const entries = await stage.store.db
      .select()
      .from(auditEntries)
      .where(eq(auditEntries.action, 'recovery.from-store'))
    expect(entries.filter((entry) => entry.reason === 'the console is gone')).toHaveLength(2)
    expect(entries.filter((entry) => entry.outcome === 'failed')).toMatchObject([{ actor: 'unknown' }])
  })
})
