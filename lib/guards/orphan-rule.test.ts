import { beforeAll, describe, expect, it } from 'vitest'
import { pauseGuards } from '#lib/guards/pause-guards.ts'
import { createGuardedTarget, type GuardedTarget, refusalOf } from '#lib/testing/guarded-target.ts'
import { membershipPolicy, membershipScript } from '#lib/testing/membership-stage.ts'

describe('the last membership of a living user', () => {
  let target: GuardedTarget
  beforeAll(async () => {
    target = await createGuardedTarget(membershipScript, membershipPolicy)
    expect(await target.install()).toMatchObject({ installed: true })
    await target.sql.unsafe(`
      insert into public.users select i from generate_series(1, 40) i;
      insert into public.members (user_id, org_id) select i, 1 from generate_series(1, 40) i;
    `)
  })
  /** Runs these statements in one transaction that is always rolled back after its deferred checks. */
  const tryOut = (...statements: string[]): Promise<unknown> =>
    target.sql
      .begin(async (transaction) => {
        for (const statement of statements) await transaction.unsafe(statement)
        await transaction.unsafe('set constraints all immediate')
        throw new Error('passed')
      })
      .catch((error: Error) => {
        if (error.message !== 'passed') throw error
      })
  const memberships = async (user: number): Promise<number> =>
    (await target.sql`select from public.members where user_id = ${user} and is_active`).length

  it('does not go by DELETE', async () => {
    const refused = await refusalOf(target.sql`delete from public.members where user_id = 1`)
    expect(refused).toMatchObject({
      code: 'HF004',
      message: 'Holdfast: taking the last membership of 1 in public.members is refused',
    })
    expect(refused.hint).toContain('another membership')
    expect(await memberships(1)).toBe(1)
    expect(await target.sql`select from holdfast.orphan_suspects`).toHaveLength(0)
  })

  it.each([
    'is_active = false',
    'expires_at = now()',
    // Later than now() within a transaction, and past all the same.
    'expires_at = clock_timestamp()',
    `starts_at = now() + interval '1 day'`,
    'user_id = 41',
    'org_id = 3',
    'org_id = 77',
    'user_id = user_id + 1',
  ])('does not go by UPDATE of %s', async (change) => {
    const refused = await refusalOf(
      target.sql.unsafe(`update public.members set ${change} where user_id = 1`),
    )
    expect(refused.code).toBe('HF004')
    expect(await memberships(1)).toBe(1)
  })

  it('does not go by MERGE, INSERT … ON CONFLICT or a CTE', async () => {
    for (const statement of [
      `merge into public.members m using (values (1)) v (id) on m.user_id = v.id when matched then delete`,
      `insert into public.members (id, user_id, org_id) overriding system value
       select id, user_id, org_id from public.members where user_id = 1 on conflict (id) do update set is_active = false`,
      'with gone as (delete from public.members where user_id = 1 returning 1) select count(*) from gone',
    ]) {
      expect((await refusalOf(target.sql.unsafe(statement))).code).toBe('HF004')
    }
  })

  it('is named with the others that one statement takes, and counted as an attempt', async () => {
    const refused = await refusalOf(
      target.sql.begin(async (transaction) => {
        await transaction`delete from public.members where user_id between ${2} and ${6}`
        await transaction`select 1`
      }),
    )
    expect(refused.message).toBe(
      'Holdfast: taking the last membership of 2, 3, 4 and 2 more in public.members is refused',
    )
    const [attempt] = await target.sql`
      select * from holdfast.refused_attempts where rows = 5 and exceeded = 'orphaning'`
    expect(attempt).toMatchObject({
      table_name: 'public.members',
      // Though it was refused at the commit.
      statement: 'delete from public.members where user_id between $1 and $2',
    })
  })

  it('may be changed in what does not matter', async () => {
    await target.sql`update public.members set note = 'hello', expires_at = now() + interval '1 year' where user_id = 1`
    await target.sql`update public.members set expires_at = null, note = null where user_id = 1`
    expect(await memberships(1)).toBe(1)
  })

  it('may move, by delete and insert in either order or by update', async () => {
    const inserted = 'insert into public.members (user_id, org_id) values (7, 2)'
    const deleted = 'delete from public.members where user_id = 7 and org_id = 1'
    await tryOut(deleted, inserted)
    await tryOut(inserted, deleted)
    await target.sql`update public.members set org_id = 2 where user_id = 7`
    expect(await memberships(7)).toBe(1)
    // And swapping two users' memberships in one statement.
    await target.sql`update public.members set user_id = 17 - user_id where user_id in (8, 9)`
  })

  it('may go with its user, in either order, by deletion or mark', async () => {
    const member = 'delete from public.members where user_id = 10'
    for (const user of [
      'delete from public.users where id = 10',
      'update public.users set deleted_at = now() where id = 10',
    ]) {
      await tryOut(member, user)
      await tryOut(user, member)
    }
    await target.sql.begin(async (transaction) => {
      await transaction.unsafe(member)
      await transaction`delete from public.users where id = 10`
    })
    expect(await target.sql`select from public.users where id = 10`).toHaveLength(0)
    expect((await refusalOf(tryOut('delete from public.members where user_id = 11'))).code).toBe('HF004')
  })

  it('may go when the organisation is closed or deleted, in either order', async () => {
    await target.sql`update public.members set org_id = 5 where user_id = 12`
    const member = 'delete from public.members where user_id = 12'
    for (const organization of [
      `update public.organizations set status = 'closed' where id = 5`,
      'delete from public.organizations where id = 5',
    ]) {
      await tryOut(organization)
      await tryOut(member, organization)
      await tryOut(organization, member)
    }
    await target.sql`update public.members set org_id = 1 where user_id = 12`
  })

  it('is not one that is inactive, expired, not begun, or in a closed organisation', async () => {
    await target.sql`
      insert into public.members (user_id, org_id, is_active, starts_at, expires_at) values
        (13, 2, false, null, null), (13, 2, true, null, now()), (13, 2, true, now() + interval '1 day', null), (13, 3, true, null, null)`
    expect(
      (await refusalOf(target.sql`delete from public.members where user_id = 13 and org_id = 1`)).code,
    ).toBe('HF004')
    // These are not the last one, whoever counts rows: they may go.
    await target.sql`delete from public.members where user_id = 13 and org_id <> 1`
    expect(await memberships(13)).toBe(1)
  })

  it('may lose a duplicate of itself, and not both', async () => {
    await target.sql`insert into public.members (user_id, org_id) values (14, 1)`
    expect((await refusalOf(target.sql`delete from public.members where user_id = 14`)).code).toBe('HF004')
    await target.sql`
      delete from public.members where id = (select min(id) from public.members where user_id = 14)`
    expect((await refusalOf(target.sql`delete from public.members where user_id = 14`)).code).toBe('HF004')
  })

  it('does not go in two steps of one transaction, with savepoints', async () => {
    await target.sql`insert into public.members (user_id, org_id) values (15, 2)`
    const refused = await refusalOf(
      tryOut(
        'delete from public.members where user_id = 15 and org_id = 1',
        'savepoint s',
        'delete from public.members where user_id = 15',
      ),
    )
    expect(refused.code).toBe('HF004')
    await tryOut(
      'delete from public.members where user_id = 15 and org_id = 1',
      'savepoint s',
      'delete from public.members where user_id = 15',
      'rollback to savepoint s',
    )
  })

  it('goes in the transaction of an approved operation', async () => {
    await target.sql.begin(async (transaction) => {
      await pauseGuards(transaction, 'operation-1')
      await transaction`delete from public.members where user_id = 16`
    })
    expect(await memberships(16)).toBe(0)
  })

  it('of somebody who was orphaned before is none: leftovers go', async () => {
    await target.sql`insert into public.members (user_id, org_id, is_active) values (16, 1, false)`
    await target.sql`delete from public.members where user_id = 16`
    await target.sql`insert into public.members (user_id, org_id) values (999, 1)`
    await target.sql`delete from public.members where user_id = 999`
  })
})
