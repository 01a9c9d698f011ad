import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { sql } from 'drizzle-orm'
import { beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { jobRuns } from '#drizzle/schema/jobs.ts'
import { webDatabaseUrl } from '#lib/db/grant-web-role.ts'
import { unwrap } from '#lib/errors.ts'
import type { OperationDetails } from '#lib/operations/queries.ts'
import { requestOperationRun } from '#lib/operations/request-operation-run.ts'
import { createOperationStage, type OperationStage } from '#lib/testing/operation-stage.ts'
import { openWebDoor, type WebDoor } from '#lib/testing/web-door.ts'

vi.setConfig({ testTimeout: 120_000 })

const scriptOf = (name: string) => fileURLToPath(new URL(`../testing/${name}.ts`, import.meta.url))
const env = { ...process.env, HOLDFAST_LOG_LEVEL: 'fatal' }

describe('however often run is pressed', () => {
  let stage: OperationStage
  let web: WebDoor
  let people: Awaited<ReturnType<OperationStage['person']>>[]
  beforeAll(async () => {
    stage = await createOperationStage()
    web = await openWebDoor(stage.store)
    people = await Promise.all(
      Array.from({ length: 5 }, async () => web.through(await stage.person('commander'))),
    )
  })
  beforeEach(async () => {
    await stage.sql`truncate public.ledger`
  })

  const inputFor = ({ id, fingerprint }: OperationDetails) => ({
    operationId: id,
    fingerprint,
    targetName: stage.target.name,
  })
  const jobsOf = ({ id }: OperationDetails) =>
    stage.store.db
      .select({ id: jobRuns.id })
      .from(jobRuns)
      .where(sql`${jobRuns.kind} = 'operations.run' and ${jobRuns.payload} ->> 'operationId' = ${id}`)

  /** A replica that waits for the word; `press` gives it and resolves to what became of each press. */
  async function startReplica(operation: OperationDetails, times: number) {
    const actors = people.map(({ actor: { userId, email, sessionId } }) => ({ userId, email, sessionId }))
    const url = webDatabaseUrl(stage.store.url, stage.store.ctx.keys!)
    const presses = { url, people: actors, times, input: inputFor(operation) }
    const child = spawn(process.execPath, [scriptOf('press-run'), JSON.stringify(presses)], {
      env,
      stdio: ['pipe', 'pipe', 'inherit'],
    })
    await once(child.stdout, 'data')
    return {
      async press(): Promise<string[]> {
        const answer = once(child.stdout, 'data')
        child.stdin.write('now\n')
        const codes = JSON.parse(String((await answer)[0])) as string[]
        await once(child, 'exit')
        return codes
      },
    }
  }

  it('at once in two replicas, fifty times, by five people, it runs exactly once, whatever workers take it', async () => {
    const operation = await stage.approved(stage.store.ctx)
    for (const person of people) await stage.proveFor(person, operation)
    const replicas = await Promise.all([startReplica(operation, 25), startReplica(operation, 25)])
    const codes = (await Promise.all(replicas.map((replica) => replica.press()))).flat()
    expect(codes).toHaveLength(50)
    expect(codes.filter((code) => code === 'begun')).toHaveLength(1)
    expect(new Set(codes)).toEqual(new Set(['begun', 'already-running']))
    const jobs = await jobsOf(operation)
    expect(jobs).toHaveLength(1)
    const workers = [1, 2].map(() =>
      once(
        spawn(process.execPath, [scriptOf('run-one-job'), stage.store.url, jobs[0]!.id], {
          env,
          stdio: ['ignore', 'ignore', 'inherit'],
        }),
        'exit',
      ),
    )
    await Promise.all(workers)
    expect(await stage.reload(operation)).toMatchObject({ status: 'succeeded' })
    expect(await stage.ledgerRows()).toBe(3)
  })

  it('as a double click, or as the same request sent again before and after the run, it runs exactly once', async () => {
    const operation = await stage.approved(stage.store.ctx)
    const [ada] = people
    await stage.proveFor(ada!, operation)
    const send = () => requestOperationRun(ada!, inputFor(operation))
    const clicks = await Promise.all([send(), send()])
    expect(clicks.filter(({ ok }) => ok)).toHaveLength(1)
    expect(await send()).toMatchObject({ refusal: { code: 'already-running' } })
    const [job] = await jobsOf(operation)
    await stage.work(job!.id)
    expect(await send()).toMatchObject({ refusal: { code: 'not-approved' } })
    expect(await stage.work(job!.id)).toBe(false)
    expect(await jobsOf(operation)).toHaveLength(1)
    expect(await stage.ledgerRows()).toBe(3)
  })

  it('an approval serves one run: not a second one, and not another operation with the same plan', async () => {
    const operation = await stage.approved(people[0]!)
    const { jobRunId } = unwrap(await stage.pressRun(people[1]!, operation))
    await stage.work(jobRunId)
    await stage.sql`truncate public.ledger`
    expect(await stage.pressRun(people[1]!, operation)).toMatchObject({ refusal: { code: 'not-approved' } })
    const twin = await stage.planned(people[0]!)
    expect(twin.fingerprint).toBe(operation.fingerprint)
    expect(await stage.pressRun(people[1]!, twin)).toMatchObject({ refusal: { code: 'not-approved' } })
  })
})
