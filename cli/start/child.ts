import { type ChildProcess, spawn } from 'node:child_process'
import { createWriteStream, mkdirSync, readFileSync, renameSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { warn } from '#cli/start/steps.ts'
import { packageRoot } from '#lib/env.ts'
import { AppError } from '#lib/errors.ts'

export interface ChildSpec {
  name: string
  args: string[]
  env: NodeJS.ProcessEnv
  /** Where its output goes; null for this terminal. */
  logFile: string | null
}

export interface SupervisedChild {
  /** Resolves when the child says `ready` over its channel. */
  saidReady: Promise<void>
  /** Rejects when the child cannot be kept alive from the beginning. */
  broken: Promise<never>
  /** From now on a death is an accident to recover from, not a start that fails. */
  isReady(): void
  stop(): Promise<void>
}

const stopWithinMs = 15_000
const longestWaitMs = 30_000
const logLimitBytes = 20 * 1024 * 1024

function openLog(file: string): NodeJS.WritableStream {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
  try {
    if (statSync(file).size > logLimitBytes) renameSync(file, `${file}.1`)
  } catch {
    // The first start has no log yet.
  }
  return createWriteStream(file, { flags: 'a', mode: 0o600 })
}

const tailOf = (file: string | null): string =>
  file ? readFileSync(file, 'utf8').trimEnd().split('\n').slice(-12).join('\n') : ''

/** Keeps a child process alive: started again when it dies, sooner at first, then at most every half minute. */
export function superviseChild(spec: ChildSpec): SupervisedChild {
  const log = spec.logFile ? openLog(spec.logFile) : null
  let child: ChildProcess | null = null
  let timer: NodeJS.Timeout | null = null
  let ready = false
  let stopping = false
  let deaths = 0
  let fail: (error: unknown) => void
  const broken = new Promise<never>((_resolve, reject) => {
    fail = reject
  })
  broken.catch(() => {})
  let hear: () => void
  const saidReady = new Promise<void>((resolve) => {
    hear = resolve
  })

  const start = () => {
    const bornAt = Date.now()
    // The channel is how a child notices that this process was killed.
    child = spawn(process.execPath, spec.args, {
      cwd: packageRoot,
      env: spec.env,
      stdio: ['ignore', log ? 'pipe' : 'inherit', log ? 'pipe' : 'inherit', 'ipc'],
    })
    if (log) {
      child.stdout?.pipe(log, { end: false })
      child.stderr?.pipe(log, { end: false })
    }
    child.on('message', (message) => message === 'ready' && hear())
    child.once('exit', (code, signal) => {
      child = null
      if (stopping) return
      deaths = Date.now() - bornAt > 60_000 ? 1 : deaths + 1
      if (!ready && deaths >= 3) {
        fail(
          new AppError('child-failed', `The ${spec.name} process does not start.\n${tailOf(spec.logFile)}`),
        )
        return
      }
      const waitMs = Math.min(500 * 2 ** (deaths - 1), longestWaitMs)
      warn(`The ${spec.name} process ended (${signal ?? `exit ${code}`}); starting it again.`)
      timer = setTimeout(start, waitMs)
    })
    child.once('error', (error) => fail(error))
  }
  start()

  return {
    saidReady,
    broken,
    isReady() {
      ready = true
    },
    async stop() {
      stopping = true
      if (timer) clearTimeout(timer)
      const dying = child
      if (!dying) return
      const gone = new Promise<void>((resolve) => dying.once('exit', () => resolve()))
      dying.kill('SIGTERM')
      const hard = setTimeout(() => dying.kill('SIGKILL'), stopWithinMs)
      await gone
      clearTimeout(hard)
    },
  }
}
