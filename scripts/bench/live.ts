import { type ClientRequest, get } from 'node:http'
import { type Console, openConsole } from '#scripts/bench/console-stage.ts'

const port = 4981
/** As a page of the console asks: the bar, and a list that depends on the person. */
const shown = ['shell~null', 'operations~{"targetId":null}']
const barTopics = new Set(['targets', 'jobs', 'operations', 'alerts', 'incidents'])
const sessionsPerPerson = 20
const streamsPerSession = 10
const everyMs = 1_500
const rest = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

interface Watchers {
  /** When each stream was sent the bar since this was called last, by how long after the change. */
  takeDelays(): number[]
  close(): void
}

interface Measured {
  viewers: number
  changes: number
  /** Announcements of the bar's topics, this bench's and what the worker did meanwhile. */
  announced: number
  reads: number
  statements: number
  idleStatements: number
  delivered: number
  delayP50: number
  delayP99: number
  cpuShare: number
  idleCpuShare: number
}

/** How many reads of the database so many live viewers cost, and what else. */
export async function benchLive(tiny: boolean, _pairs: number, isBusy: boolean): Promise<string> {
  const stage = await openConsole({ port, demo: false })
  try {
    const counts = tiny ? [1, 5] : [1, 200, 2_000]
    const measured: Measured[] = []
    for (const viewers of counts) measured.push(await measure(stage, viewers, tiny ? 3 : 20))
    return report(measured, isBusy)
  } finally {
    await stage.sql`delete from alerts where fingerprint = 'bench:live'`
    await stage.close()
  }
}

async function measure(stage: Console, viewers: number, changes: number): Promise<Measured> {
  const { sql } = stage
  await sql`delete from alerts where fingerprint = 'bench:live'`
  await sql`insert into alerts (fingerprint, title, details, severity) values ('bench:live', 'Bench', 'Bench', 'INFO')`
  const sessions = Math.ceil(viewers / streamsPerSession)
  const cookies: string[] = []
  while (cookies.length < sessions) cookies.push(...(await stage.signIn('viewer', sessionsPerPerson)))
  let changedAt = 0
  const watchers = await watch(stage.url, cookies, viewers, () => changedAt)
  await rest(3_000)

  await stage.takeStatements()
  let [cpu, begun] = [stage.webCpuMs(), performance.now()]
  await rest(changes * everyMs)
  const idleCpuShare = (stage.webCpuMs() - cpu) / (performance.now() - begun)
  const idleStatements = (await stage.takeStatements()).length

  let announced = 0
  const listening = await sql.listen('holdfast_changes', (topics) => {
    if (topics.split(',').some((topic) => barTopics.has(topic))) announced++
  })
  watchers.takeDelays()
  ;[cpu, begun] = [stage.webCpuMs(), performance.now()]
  for (let change = 0; change < changes; change++) {
    changedAt = performance.now()
    await sql.begin(async (tx) => {
      await tx`update alerts set severity = ${change % 2 === 0 ? 'WARNING' : 'CRITICAL'} where fingerprint = 'bench:live'`
      await tx`select pg_notify('holdfast_changes', 'alerts')`
    })
    await rest(everyMs)
  }
  // The last of them are on their way to the viewers.
  await rest(2_000)
  const cpuShare = (stage.webCpuMs() - cpu) / (performance.now() - begun)
  const statements = await stage.takeStatements()
  const delays = watchers.takeDelays().toSorted((a, b) => a - b)
  watchers.close()
  await listening.unlisten()
  await rest(1_000)
  return {
    viewers,
    changes,
    announced,
    // One reading of the bar asks for the mode of the installation once, and nothing else that is open does.
    reads: statements.filter((line) => line.includes('from "installation"')).length,
    statements: statements.length,
    idleStatements,
    delivered: delays.length,
    delayP50: delays[Math.floor(delays.length * 0.5)] ?? 0,
    delayP99: delays[Math.floor(delays.length * 0.99)] ?? 0,
    cpuShare,
    idleCpuShare,
  }
}

/** So many event streams, each a connection of its own, all open when this returns. */
async function watch(
  url: string,
  cookies: readonly string[],
  viewers: number,
  changedAt: () => number,
): Promise<Watchers> {
  let delays: number[] = []
  const requests: ClientRequest[] = []
  const params = new URLSearchParams({ since: String(Date.now()) })
  for (const read of shown) params.append('read', `${Date.now() + 60_000}~${read}`)
  const open = (cookie: string) =>
    new Promise<void>((resolve, reject) => {
      const request = get(`${url}/api/live?${params}`, { headers: { cookie }, agent: false }, (response) => {
        if (response.statusCode !== 200)
          return reject(new Error(`a stream was answered ${response.statusCode}`))
        response.setEncoding('utf8')
        response.on('data', (text: string) => {
          if (text.includes('event: state')) resolve()
          if (text.includes('"key":"shell~null"')) delays.push(performance.now() - changedAt())
        })
        response.on('error', () => {})
      })
      request.on('error', reject)
      requests.push(request)
    })
  for (let index = 0; index < viewers; index += 50) {
    const batch = Array.from({ length: Math.min(50, viewers - index) }, (_, each) => index + each)
    await Promise.all(batch.map((each) => open(cookies[Math.floor(each / streamsPerSession)]!)))
  }
  return {
    takeDelays() {
      const taken = delays
      delays = []
      return taken
    },
    close() {
      for (const request of requests) request.destroy()
    },
  }
}

function report(measured: readonly Measured[], isBusy: boolean): string {
  const rows = measured.map((each) =>
    [
      each.viewers.toLocaleString('en'),
      each.changes,
      each.announced,
      `**${each.reads}**`,
      each.statements,
      each.idleStatements,
      `${each.delivered.toLocaleString('en')} of ${(each.viewers * each.reads).toLocaleString('en')}`,
      `${each.delayP50.toFixed(0)} / ${each.delayP99.toFixed(0)} ms`,
      `${(each.cpuShare * 100).toFixed(1)} %`,
      `${(each.idleCpuShare * 100).toFixed(1)} %`,
    ].join(' | '),
  )
  // Two announcements within a second are one reading.
  const exact = measured.every(({ reads, changes, announced }) => reads >= changes && reads <= announced)
  return [
    '',
    `Viewers are event streams over HTTP/1.1, each a connection of its own, on a console as \`holdfast start\` runs it; ten streams to a session. One thing that the bar on every page shows is changed every ${everyMs / 1000} s; what the worker announces meanwhile of the bar’s topics is one reading too. Statements are counted where they arrive: in the database server's own log.`,
    '',
    '| Viewers | Changes | Announced in all | Reads of the bar | All statements of the web process | The same time without changes | Sent to viewers | Change to viewer, median / p99 | Web process, of a core | The same without changes |',
    '|---|---|---|---|---|---|---|---|---|---|',
    ...rows.map((row) => `| ${row} |`),
    '',
    exact
      ? `Goal: one read per change, interval and replica, however many watch: met.${isBusy ? ' The machine was busy: times and shares of a core are no verdict.' : ''}`
      : 'Goal: one read per change, interval and replica, however many watch: **missed**.',
    'The viewers run on the same cores. The bar is one read of everyone’s; what depends on a person is read once per person who watches it (see docs/outside.md).',
  ].join('\n')
}
