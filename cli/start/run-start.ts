import { createServer } from 'node:net'
import { join, resolve } from 'node:path'
import { operator } from '#cli/door.ts'
import { buildWeb, nextBinary } from '#cli/start/build-web.ts'
import { type SupervisedChild, superviseChild } from '#cli/start/child.ts'
import { confinement } from '#cli/start/confinement.ts'
import { logFile, webEnvironment, workerEnvironment } from '#cli/start/environment.ts'
import { takeLock } from '#cli/start/lock-file.ts'
import { openStore, type Store } from '#cli/start/open-store.ts'
import { protectControl } from '#cli/start/protect-control.ts'
import { step, warn } from '#cli/start/steps.ts'
import { untilToldToStop } from '#cli/start/stop-signal.ts'
import { startWatchman, type Watchman } from '#cli/start/watchman.ts'
import { welcomePeople } from '#cli/start/welcome.ts'
import { rememberPublicUrl } from '#lib/channels/outgoing.ts'
import type { Ctx } from '#lib/context.ts'
import { closeDb, openDb } from '#lib/db/client.ts'
import { webRoleWorks } from '#lib/db/grant-web-role.ts'
import { ensureDataDirectory, loadKeyRing, packageRoot } from '#lib/env.ts'
import { AppError } from '#lib/errors.ts'
import type { KeyRing } from '#lib/keys.ts'
import { takeEmergencyLog } from '#lib/recovery/take-emergency-log.ts'
import { findTools, installCommand } from '#lib/servers/find-tools.ts'
import { workerNodeFlags } from '#worker/node-flags.ts'

export interface StartOptions {
  /** Null: 3000, or the next free one. */
  port: number | null
  host: string
  /** The address that people use, where a proxy stands before the web part. */
  publicUrl: string | null
  demo: boolean
  dev: boolean
}

const defaultPort = 3000
const webReadyWithinMs = 120_000

/** Starts everything, serves until told to stop, and stops everything. Refuses when it already runs on this data. */
export async function runStart(options: StartOptions): Promise<void> {
  const lock = takeLock(join(ensureDataDirectory(), 'start.lock'))
  if ('heldBy' in lock) {
    const { note, pid } = lock.heldBy
    throw new AppError('already-running', `Holdfast already runs on this data${note ? ` at ${note}` : ''}.`, {
      kind: 'refused',
      hint: `Use that one, stop it (process ${pid}), or give another directory with --data.`,
    })
  }
  const told = untilToldToStop()
  const children: SupervisedChild[] = []
  let store: Store | null = null
  let watchman: Watchman | null = null
  try {
    const port = await choosePort(options)
    tellTools()
    const building = options.dev ? Promise.resolve(false) : buildWeb(told.signal)
    building.catch(() => {})

    const keys = loadKeyRing()
    store = await openStore(keys)
    told.signal.throwIfAborted()
    const demo = options.demo && store.server !== null
    const url = options.publicUrl ?? `http://localhost:${port}`
    const greeting = await told.unless(prepare(store, keys, demo, url))
    await step(
      'Web part',
      () => told.unless(building),
      (built) =>
        options.dev ? 'Web part in development mode' : built ? 'Web part built' : 'Web part at hand',
    )
    const ownRole = await webRoleWorks(store.url, keys)
    if (!ownRole) {
      warn(
        'The web part shares the control database account: no second trust zone. `holdfast doctor` says why.',
      )
    }
    const worker = superviseChild({
      name: 'worker',
      args: [...workerNodeFlags, join(packageRoot, 'worker/main.ts')],
      env: workerEnvironment(store.url),
      logFile: options.dev ? null : logFile('worker'),
    })
    const web = superviseChild({
      name: 'web',
      args: webArguments(options, port),
      env: webEnvironment({ databaseUrl: store.url, keys, ownRole, publicUrl: url, dev: options.dev }),
      logFile: options.dev ? null : logFile('web'),
    })
    children.push(web, worker)
    await step('Web and worker', () =>
      Promise.race([
        Promise.all([answers(`http://${options.host}:${port}/api/health`, told.signal), worker.saidReady]),
        web.broken,
        worker.broken,
      ]),
    )
    for (const child of children) child.isReady()
    watchman = startWatchman(store.url, keys)
    lock.note(url)
    process.stdout.write(`\n${greeting(url)}\n`)
    await Promise.race([told.stopped, web.broken, worker.broken])
  } catch (error) {
    if (!told.signal.aborted) throw error
  } finally {
    if (children.length > 0 || store) process.stderr.write('\nStopping …\n')
    // Before the children: a worker that ends as it should is not to be told of.
    await watchman?.stop()
    await Promise.all(children.map((child) => child.stop()))
    await store?.close()
    lock.release()
    told.end()
  }
}

function webArguments({ dev, host }: StartOptions, port: number): string[] {
  const preload = `--import=${join(packageRoot, 'cli/start/end-with-parent.ts')}`
  if (dev) return [preload, nextBinary, 'dev', packageRoot, '-H', host, '-p', String(port)]
  return [preload, ...confinement(), join(packageRoot, 'cli/start/serve-web.ts'), host, String(port)]
}

function tellTools(): void {
  if (findTools()) return
  warn(`No pg_dump found: archives and drills wait until you install it with: ${installCommand()}`)
}

/** Fills what a fresh store lacks, and returns what to tell people once the pages are up. */
async function prepare(
  store: Store,
  keys: KeyRing,
  demo: boolean,
  publicUrl: string,
): Promise<(url: string) => string> {
  const db = openDb(store.url, { applicationName: 'holdfast:start', maxConnections: 4 })
  const ctx: Ctx = { db, keys, actor: operator() }
  try {
    const greeting = await welcomePeople(ctx, demo ? store.server : null)
    await rememberPublicUrl(db, publicUrl)
    await protectControl(ctx, store.url)
    const taken = await takeEmergencyLog(ctx)
    if (taken > 0) warn(`${taken} lines of this host’s emergency log are in the audit now. Read them there.`)
    return greeting
  } finally {
    await closeDb(db)
  }
}

const isFree = (host: string, port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const probe = createServer()
    probe.once('error', () => resolve(false))
    probe.listen(port, host, () => probe.close(() => resolve(true)))
  })

async function choosePort({ host, port }: StartOptions): Promise<number> {
  if (port !== null) {
    if (await isFree(host, port)) return port
    throw new AppError('port-taken', `Port ${port} of ${host} is in use.`, {
      kind: 'refused',
      hint: 'Give another one with --port, or leave it out.',
    })
  }
  for (let candidate = defaultPort; candidate < defaultPort + 50; candidate++) {
    if (!(await isFree(host, candidate))) continue
    if (candidate !== defaultPort) warn(`Port ${defaultPort} is in use; taking ${candidate}.`)
    return candidate
  }
  throw new AppError('port-taken', `No free port from ${defaultPort} on.`, { hint: 'Give one with --port.' })
}

/** Resolves when the web part serves and reaches its store. */
async function answers(url: string, signal: AbortSignal): Promise<void> {
  const until = Date.now() + webReadyWithinMs
  let last = 'no answer'
  while (Date.now() < until) {
    signal.throwIfAborted()
    try {
      const response = await fetch(url, { signal: AbortSignal.any([signal, AbortSignal.timeout(20_000)]) })
      if (response.ok) return
      last = `status ${response.status}`
    } catch {
      // Not listening yet.
    }
    await new Promise((resolve) => setTimeout(resolve, 150))
  }
  throw new AppError('web-not-ready', `The web part does not answer (${last}).`, {
    hint: `Its log: ${logFile('web')}`,
  })
}

/** Makes `--data` the data directory of this process and all that it starts. */
export function keepDataIn(given: string): void {
  process.env.HOLDFAST_DATA = resolve(given)
}
