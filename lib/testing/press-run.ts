// One replica of the web part, as a process of its own: presses run as often as told once a line comes in, all at once, and
// prints how many presses were let through. Argument: the presses as JSON.
import { once } from 'node:events'
import { openDb } from '#lib/db/client.ts'
import { requestOperationRun } from '#lib/operations/request-operation-run.ts'

interface Presses {
  url: string
  people: { userId: string; email: string; sessionId: string }[]
  times: number
  input: { operationId: string; fingerprint: string; targetName: string }
}

const { url, people, times, input }: Presses = JSON.parse(process.argv[2]!)
const db = openDb(url, { applicationName: `replica:${process.pid}` })
await db.execute('select 1')
process.stdout.write('ready\n')
await once(process.stdin, 'data')
const outcomes = await Promise.all(
  Array.from({ length: times }, (_, press) => {
    const actor = { kind: 'user' as const, role: 'commander' as const, ...people[press % people.length]! }
    return requestOperationRun({ db, keys: null, actor }, input)
  }),
)
const codes = outcomes.map((outcome) => (outcome.ok ? 'begun' : outcome.refusal.code))
process.stdout.write(`${JSON.stringify(codes)}\n`)
process.exit()
