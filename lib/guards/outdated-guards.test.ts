import { and, eq, ne } from 'drizzle-orm'
import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { alerts } from '#drizzle/schema/alerts.ts'
import { guardEvents, guardInstallations } from '#drizzle/schema/guards.ts'
import { evaluateAlerts } from '#lib/alerts/evaluate-alerts.ts'
import { keepInstalledRecord } from '#lib/guards/keep-guard-record.ts'
import { keepJournals } from '#lib/guards/keep-journals.ts'
import { planGuards } from '#lib/guards/plan-guards.ts'
import { readPrints } from '#lib/guards/read-prints.ts'
import { runGuardStatement } from '#lib/guards/run-guard-statement.ts'
import { withTarget } from '#lib/targets/open-target.ts'
import { getPolicy } from '#lib/targets/queries.ts'
import { createGuardedTarget, type GuardedTarget, refusalOf } from '#lib/testing/guarded-target.ts'

const script = `
  create table public.member (id int primary key, name text);
  insert into public.member select i, 'm' || i from generate_series(1, 50) i;
  create table public.visit (id int, year int, primary key (id, year)) partition by range (year);
  create table public.visit_2025 partition of public.visit for values from (2025) to (2026);
`
const policy = {
  budget: { statementRows: 10, transactionRows: 15, windowRows: 1000 },
  protectedTables: [{ table: 'public.member' }, { table: 'public.visit' }],
}

/** The functions with this line before all others. */
const withLine = (named: string, line: string) => `
  do $$ declare had text; begin
    for had in select pg_get_functiondef(p.oid) from pg_proc p where p.pronamespace = 'holdfast'::regnamespace and p.proname ~ '${named}' loop
      execute replace(had, E'\\nbegin\\n', E'\\nbegin\\n  ${line}\\n');
    end loop;
  end $$;
`

/** As a version before this one made it: other bodies, a part of its own, and some that came later missing. */
const olderMake = `
  ${withLine('^(record_attempt$|guard_delete_public_member)', '-- As it was before.')}
  drop function holdfast.explain_full_journal;
  create or replace function holdfast.old_part() returns void language plpgsql security definer set search_path = '' as 'begin end';
  revoke all on function holdfast.old_part() from public;
  drop event trigger holdfast_refuse_rewrite;
`

/** What somebody does who may switch the event triggers off first, and puts them on again afterwards. */
const behindTheBack = (target: GuardedTarget, statement: string) =>
  target.sql.begin(async (transaction) => {
    const set = (how: string) => `do $$ declare name text; begin
      for name in select evtname from pg_event_trigger loop execute format('alter event trigger %I ${how}', name); end loop; end $$`
    await transaction.unsafe(set('disable'))
    await transaction.unsafe(statement)
    await transaction.unsafe(set('enable always'))
  })

const openAlerts = async ({ store, targetId }: GuardedTarget) => {
  await evaluateAlerts(store.ctx, targetId)
  const rows = await store.db
    .select({ fingerprint: alerts.fingerprint, severity: alerts.severity })
    .from(alerts)
    .where(and(eq(alerts.targetId, targetId), ne(alerts.status, 'resolved')))
  return rows
    .filter((row) => row.fingerprint.startsWith('guard:'))
    .map((row) => `${row.severity} ${row.fingerprint}`)
    .sort()
}

const forget = (target: GuardedTarget) =>
  target.store.db.delete(guardInstallations).where(eq(guardInstallations.targetId, target.targetId))

const recordOf = async ({ store, targetId }: GuardedTarget) =>
  (await store.db.select().from(guardInstallations).where(eq(guardInstallations.targetId, targetId)))[0]

const asGuardOwner = <T>(target: GuardedTarget, work: Parameters<typeof withTarget<T>>[4]): Promise<T> =>
  withTarget(target.store.ctx, target.targetId, 'guard', { purpose: 'test' }, work)

/** The guards and the record of them, both as an earlier version of Holdfast left them. */
async function becomeOlder(target: GuardedTarget): Promise<void> {
  await behindTheBack(target, olderMake)
  const prints = await asGuardOwner(target, ({ sql }) => readPrints(sql))
  await forget(target)
  await keepInstalledRecord(target.store.db, target.targetId, { prints, wrong: new Set(), record: null })
}

const states = (report: { tables: { table: string; state: string }[] }) =>
  Object.fromEntries(report.tables.map(({ table, state }) => [table, state]))
const bothOutdated = { 'public.member': 'outdated', 'public.visit': 'outdated' }

describe('guards that an earlier version installed and nobody touched', () => {
  let target: GuardedTarget
  beforeAll(async () => {
    target = await createGuardedTarget(script, policy)
    expect(await target.install()).toMatchObject({ installed: true })
    await target.verify()
    await becomeOlder(target)
  })

  it('are outdated, with one warning for the target and no tale of tampering', async () => {
    const report = await target.verify()
    expect(states(report)).toEqual(bothOutdated)
    expect(report.installed).toBe(false)
    expect(report.statements.length).toBeGreaterThan(0)
    expect(await openAlerts(target)).toEqual(['WARNING guard:outdated'])
    expect(await target.store.db.$count(guardEvents, eq(guardEvents.kind, 'tampered'))).toBe(0)
  })

  it('go on refusing', async () => {
    expect((await refusalOf(target.sql`delete from public.member`)).code).toBe('HF001')
  })

  it('stay outdated when an installation died half way', async () => {
    await asGuardOwner(target, async ({ sql }) => {
      const { statements } = await planGuards(
        sql,
        (await getPolicy(target.store.db, target.targetId)).document,
      )
      expect(statements.length).toBeGreaterThan(2)
      for (const statement of statements.slice(0, 2)) await runGuardStatement(sql, statement, 'test')
    })
    const report = await target.verify()
    expect(states(report)['public.member']).toBe('outdated')
    expect(report.tables.some(({ state }) => state === 'tampered')).toBe(false)
  })

  it('are as wanted once they are installed again, and the warning ends', async () => {
    expect(await target.install()).toMatchObject({ installed: true })
    expect(states(await target.verify())).toEqual({
      'public.member': 'installed',
      'public.visit': 'installed',
    })
    expect(await openAlerts(target)).toEqual([])
  })

  it('are tampered with when somebody brings the earlier version back after that', async () => {
    await behindTheBack(target, olderMake)
    expect(states(await target.verify())).toEqual({ 'public.member': 'tampered', 'public.visit': 'tampered' })
    expect(await openAlerts(target)).toEqual([
      'CRITICAL guard:tampered:public.member',
      'CRITICAL guard:tampered:public.visit',
    ])
  })
})

describe('outdated guards that somebody changes', () => {
  let target: GuardedTarget
  beforeAll(async () => {
    target = await createGuardedTarget(script, policy)
  })
  beforeEach(async () => {
    expect(await target.install()).toMatchObject({ installed: true })
    await becomeOlder(target)
    expect(states(await target.verify())).toEqual(bothOutdated)
  })

  const replaced = (name: string, kind = 'void') =>
    `create or replace function holdfast.${name} returns ${kind} language plpgsql security definer set search_path = '' as 'begin return; end'`

  it.each([
    [
      'a trigger switched off',
      'alter table public.member disable trigger user',
      /DELETE trigger is disabled/,
    ],
    [
      'a function that is as wanted',
      replaced('refuse_truncation(relation regclass)'),
      /refuse_truncation\(\) was replaced/,
    ],
    [
      'a function that is older',
      withLine('^record_attempt$', 'return false;'),
      /record_attempt\(\) was replaced/,
    ],
    [
      'a part that this version no longer knows',
      replaced('old_part()'),
      /The function holdfast.old_part was changed/,
    ],
    [
      'a part that this version no longer knows gone',
      'drop function holdfast.old_part()',
      /The function holdfast.old_part is gone/,
    ],
    ['a table gone', 'drop table holdfast.refused_attempts', /Lacks refused_attempts/],
    ['a budget', 'update holdfast.budgets set statement_rows = 1000000', /budget differs/],
    ['an event trigger gone', 'drop event trigger holdfast_refuse_drop', /holdfast_refuse_drop is missing/],
    [
      'a column of a journal gone',
      `do $$ begin execute (select format('alter table %s drop column name', journal) from holdfast.guarded_tables where table_name = 'public.member'); end $$`,
      /column name is not in the journal/,
    ],
    [
      'a partition without a guard',
      'create table public.visit_2026 partition of public.visit for values from (2026) to (2027)',
      /has no entry/,
    ],
  ])('are tampered with, CRITICAL: %s', async (_, statement, problem) => {
    await behindTheBack(target, statement)
    const report = await target.verify()
    const tampered = report.tables.filter(({ state }) => state === 'tampered')
    expect(tampered.flatMap(({ problems }) => problems).join(' ')).toMatch(problem)
    expect(await openAlerts(target)).toContain(`CRITICAL guard:tampered:${tampered[0]!.table}`)
  })
})

describe('guards that are as installed where something else moved on', () => {
  let target: GuardedTarget
  beforeAll(async () => {
    target = await createGuardedTarget(script, policy)
    expect(await target.install()).toMatchObject({ installed: true })
  })

  it('fit their record after the journals began a new period', async () => {
    const later = new Date(Date.now() + 8 * 86_400_000)
    expect((await keepJournals(target.store.ctx, target.targetId, later)).began).not.toBeNull()
    expect((await recordOf(target))?.prints).toEqual(await asGuardOwner(target, ({ sql }) => readPrints(sql)))
  })

  it('are outdated when the application added a column', async () => {
    await target.sql`alter table public.member add column email text`
    const report = await target.verify()
    expect(states(report)).toEqual({ 'public.member': 'outdated', 'public.visit': 'installed' })
    expect(report.tables[0]!.problems).toContain('Its column email is not in the journal.')
    expect(await openAlerts(target)).toEqual(['WARNING guard:outdated'])
  })
})

describe('guards of an installation that kept no record', () => {
  let target: GuardedTarget
  beforeEach(async () => {
    target = await createGuardedTarget(script, policy)
    expect(await target.install()).toMatchObject({ installed: true })
  })

  it('are recorded by the first verification that finds them as wanted', async () => {
    const before = await recordOf(target)
    await forget(target)
    await target.verify()
    expect(await recordOf(target)).toMatchObject({ origin: 'installed', prints: before!.prints })
  })

  it('are said to be older or changed, once, and everything that comes after is tampering', async () => {
    await behindTheBack(target, withLine('^record_attempt$', '-- Whoever did this.'))
    await forget(target)
    for (const _ of [1, 2]) {
      const report = await target.verify()
      expect(states(report)).toEqual(bothOutdated)
      expect(report.tables[0]!.problems.join()).toContain('nothing tells which')
      expect(await openAlerts(target)).toEqual(['WARNING guard:outdated'])
    }
    await behindTheBack(target, withLine('^record_attempt$', 'return false;'))
    expect(states(await target.verify())['public.member']).toBe('tampered')
  })

  it('are tampered with where no upgrade could have done it', async () => {
    await behindTheBack(target, 'alter table public.member disable trigger user')
    await forget(target)
    for (const _ of [1, 2]) {
      expect(states(await target.verify())).toEqual({
        'public.member': 'tampered',
        'public.visit': 'installed',
      })
    }
  })
})
