import { beforeAll, describe, expect, it } from 'vitest'
import { unwrap } from '#lib/errors.ts'
import type { OperationKind } from '#lib/operations/types.ts'
import { recoveryKind } from '#lib/recovery/recovery-kind.ts'
import { requestRecovery } from '#lib/recovery/request-recovery.ts'
import type { RecoveryResult } from '#lib/recovery/types.ts'
import { applyPolicy } from '#lib/targets/apply-policy.ts'
import { getPolicy } from '#lib/targets/queries.ts'
import { createRestoreStage, type RestoreStage } from '#lib/testing/restore-stage.ts'

const people = 12_000

const script = `
  create table public.users (id uuid primary key default gen_random_uuid(), email text not null unique, n int);
  create table public.orgs (id uuid primary key default gen_random_uuid(), name text not null, n int);
  create table public.links (id uuid primary key default gen_random_uuid(), organization_id uuid not null, from_entity_id text not null,
    relationship_type text not null, is_active boolean not null default true, expiration_date timestamptz, data jsonb);
  create table public.fields (id uuid primary key default gen_random_uuid(), organization_id uuid not null, entity_id text not null, field_name text not null,
    value text, unique (organization_id, entity_id, field_name));
  insert into public.orgs (name, n) select 'o' || n, n from generate_series(0, 49) n;
  insert into public.users (email, n) select 'u' || n || '@example.com', n from generate_series(1, ${people}) n;
  insert into public.links (organization_id, from_entity_id, relationship_type, data)
    select o.id, u.id::text, 'USER_MEMBER_OF_ORG', '{"permissions": ["a", "b"]}' from public.users u join public.orgs o on o.n = u.n % 50;
  insert into public.fields (organization_id, entity_id, field_name, value) select organization_id, from_entity_id, 'role', 'user' from public.links;
  create index on public.links (from_entity_id);
  analyze`

/** What the teams that lost their memberships had promised themselves: access again within five minutes. */
const promisedMs = 5 * 60_000

describe('the way back', { timeout: 120_000 }, () => {
  let stage: RestoreStage

  beforeAll(async () => {
    stage = await createRestoreStage(script, {
      kinds: [recoveryKind as OperationKind],
      environment: 'staging',
    })
    const { document } = await getPolicy(stage.store.db, stage.target.id)
    unwrap(
      await applyPolicy(stage.store.ctx, {
        name: stage.target.name,
        document: {
          ...document,
          protectedTables: [{ table: 'public.links' }, { table: 'public.fields' }],
          memberships: [
            {
              name: 'members',
              users: { table: 'public.users', key: 'id', label: 'email' },
              organizations: { table: 'public.orgs', key: 'id', label: 'name' },
              members: {
                table: 'public.links',
                user: 'from_entity_id',
                organization: 'organization_id',
                where: { relationship_type: 'USER_MEMBER_OF_ORG' },
                active: { is_active: true },
                expiresAt: 'expiration_date',
              },
              roles: {
                table: 'public.fields',
                user: 'entity_id',
                organization: 'organization_id',
                where: { field_name: 'role' },
                value: 'value',
              },
            },
          ],
        },
      }),
    )
    await stage.take('snapshot')
  })

  it.each([1, 100, 10_000])(
    'to access for %i people takes less than was promised, and the result says how long',
    async (count) => {
      const { sql } = stage.target
      const facts = await stage.facts()
      await sql`delete from public.links l using public.users u where l.from_entity_id = u.id::text and u.n <= ${count}`
      await sql`delete from public.fields f using public.users u where f.entity_id = u.id::text and u.n <= ${count}`
      const operation = await stage.planned(
        requestRecovery(stage.store.ctx, {
          targetId: stage.target.id,
          reason: 'people cannot sign in',
          request: { users: 'all' },
        }),
      )
      expect(operation.error).toBeNull()
      const ended = await stage.run(operation)
      expect(ended).toMatchObject({ status: 'succeeded', error: null })
      const { access, accessAfterMs } = ended.result as RecoveryResult
      console.info(
        `${count} people: access after ${access.accessAfterMs} ms, of which the run took ${access.runMs} ms`,
      )
      expect(accessAfterMs).toBe(access.accessAfterMs)
      expect(access.people).toBe(count)
      expect(access.runMs).toBeGreaterThan(0)
      expect(access.accessAfterMs).toBeGreaterThanOrEqual(access.runMs)
      expect(access.accessAfterMs).toBeLessThan(promisedMs)
      expect(await stage.differences(facts)).toEqual([])
    },
  )
})
