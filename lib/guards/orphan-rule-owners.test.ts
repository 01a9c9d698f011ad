import { beforeAll, describe, expect, it } from 'vitest'
import { createGuardedTarget, type GuardedTarget, refusalOf } from '#lib/testing/guarded-target.ts'
import { membershipPolicy, membershipScript } from '#lib/testing/membership-stage.ts'

describe('the last owner of a living organisation', () => {
  let target: GuardedTarget
  beforeAll(async () => {
    target = await createGuardedTarget(membershipScript, membershipPolicy)
    await target.install()
    await target.sql.unsafe(`
      insert into public.users select i from generate_series(1, 20) i;
      insert into public.members (user_id, org_id, role) select i, 1 + i % 2, case when i <= 2 then 'owner' else 'member' end from generate_series(1, 20) i;
      insert into public.members (user_id, org_id) select i, 4 from generate_series(1, 20) i;
    `)
  })
  // User 1 owns organisation 2, user 2 organisation 1; everybody is in organisation 4 too.

  it.each([
    'delete from public.members where user_id = 2 and org_id = 1',
    `update public.members set role = 'member' where user_id = 2 and org_id = 1`,
    'update public.members set is_active = false where user_id = 2 and org_id = 1',
    'update public.members set expires_at = now() where user_id = 2 and org_id = 1',
    'update public.members set org_id = 5 where user_id = 2 and org_id = 1',
    'update public.members set user_id = 777 where user_id = 2 and org_id = 1',
    'update public.users set deleted_at = now() where id = 2',
    'delete from public.users where id = 2',
  ])('does not go: %s', async (statement) => {
    expect(await refusalOf(target.sql.unsafe(statement))).toMatchObject({
      code: 'HF004',
      message: expect.stringMatching(
        /^Holdfast: taking the last owner of 1 in public\.(members|users) is refused$/,
      ),
    })
  })

  it('may hand over, go beside another owner, and go with the organisation', async () => {
    await target.sql.begin(async (transaction) => {
      await transaction`update public.members set role = 'member' where user_id = 2 and org_id = 1`
      await transaction`update public.members set role = 'owner' where user_id = 4 and org_id = 1`
    })
    await target.sql`update public.members set user_id = 2 where user_id = 4 and org_id = 1`
    await target.sql`insert into public.members (user_id, org_id, role) values (6, 1, 'owner')`
    await target.sql`delete from public.members where user_id = 2 and org_id = 1`
    await target.sql.begin(async (transaction) => {
      await transaction`delete from public.members where user_id = 6 and org_id = 1`
      await transaction`update public.organizations set status = 'closed' where id = 1`
    })
  })

  it('is not one whose user is gone', async () => {
    await target.sql`insert into public.members (user_id, org_id, role) values (3, 2, 'owner'), (555, 2, 'owner')`
    await target.sql`update public.users set deleted_at = now() where id = 3`
    expect(
      (await refusalOf(target.sql`delete from public.members where user_id = 1 and org_id = 2`)).message,
    ).toContain('the last owner of 2')
    await target.sql`delete from public.members where user_id in (3, 555) and org_id = 2`
  })

  it('is nobody where there was none: members of an ownerless organisation come and go', async () => {
    await target.sql`delete from public.members where user_id = 9 and org_id = 4`
  })
})
