import { describe, expect, it } from 'vitest'
import { unwrap } from '#lib/errors.ts'
import { requestHealth } from '#lib/health/request-health.ts'
import { runHealth } from '#lib/health/run-health.ts'
import type { HealthResult } from '#lib/health/types.ts'
import { getJobRun } from '#lib/jobs/queries.ts'
import { runJob } from '#lib/jobs/run-job.ts'
import type { JobHandlers } from '#lib/jobs/types.ts'
import { addTarget } from '#lib/targets/add-target.ts'
import { applyPolicy } from '#lib/targets/apply-policy.ts'
import { getPolicy } from '#lib/targets/queries.ts'
import { postgresqlMajors, startMajorServer } from '#lib/testing/major-servers.ts'
import { createOddDatabase } from '#lib/testing/odd-database.ts'
import { createTestStore } from '#lib/testing/test-db.ts'

/** What the suggestion does not ask for by itself. */
const more = {
  codePatterns: [
    { name: 'mail', table: 'public."e""mail"', column: 'address', patterns: { plain: '.+@.+' } },
  ],
  checks: [
    { name: 'odd', title: 'Odd', sql: `select * from public."naïve 名" where "%s" = 'no; such "%I" '` },
    { name: 'number', title: 'Number', sql: 'select count(*) from odd.events', expects: { atLeast: 0 } },
  ],
  counting: { estimateAboveMegabytes: 0.01 },
}

describe('every check', { timeout: 120_000 }, () => {
  it.each(postgresqlMajors)(
    'that is planned runs on PostgreSQL %i, on a database of oddities',
    async (major) => {
      const store = await createTestStore()
      const { url, sql } = await createOddDatabase(await startMajorServer(major))
      await sql.unsafe('analyze')
      if (major >= 18)
        await sql.unsafe(`create extension if not exists btree_gist schema odd;
        create table odd.span (id int, at daterange, primary key (id, at without overlaps));
        create table odd.within (id int, at daterange, foreign key (id, period at) references odd.span (id, period at));
        create table odd.lax (id int references odd.people not enforced);
        insert into odd.lax values (123456)`)
      const { id } = unwrap(await addTarget(store.ctx, { name: 'odd', url, environment: 'staging' }))
      const { document } = await getPolicy(store.db, id)
      unwrap(await applyPolicy(store.ctx, { name: 'odd', document: { ...document, ...more } }))
      const { jobRunId } = unwrap(await requestHealth(store.ctx, { targetId: id }))
      await runJob(store.ctx, { 'health.run': runHealth } as unknown as JobHandlers, jobRunId, 'test')
      const { error, result } = await getJobRun(store.db, jobRunId)
      expect(error).toBeNull()
      const { findings } = result as HealthResult
      // The extension that times statements has to be loaded when a server starts; these are without it.
      const notRun = findings.filter(
        ({ area, details }) => area !== 'statements' && details.startsWith('Not run'),
      )
      expect(notRun.map(({ check, details }) => `${check}: ${details}`)).toEqual([])
      expect(findings.length).toBeGreaterThan(60)
      expect(findings.filter(({ area }) => area === 'custom').map(({ status }) => status)).toEqual([
        'healthy',
        'healthy',
      ])
      if (major >= 18)
        expect(findings.find(({ check }) => check === 'references.orphans:odd.lax.id')).toMatchObject({
          status: 'unhealthy',
          affected: 1,
        })
    },
  )
})
