import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, globSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { takeLock } from '#cli/start/lock-file.ts'
import { packageRoot } from '#lib/env.ts'
import { AppError } from '#lib/errors.ts'

export const nextBinary = join(packageRoot, 'node_modules/next/dist/bin/next')

const distDirectory = join(packageRoot, '.next')
const stampFile = join(distDirectory, 'holdfast-build.json')

/** Everything that the build reads. */
const sources = [
  'app/**/*',
  'components/**/*',
  'lib/**/*.{ts,sql}',
  'drizzle/schema/*.ts',
  'public/**/*',
  '{proxy,instrumentation,instrumentation-node}.ts',
  '{next.config,postcss.config}.mjs',
  '{package,package-lock,tsconfig}.json',
]

/** A hash over the paths and contents of everything that the build reads, and the Node that runs it. */
function hashSources(): string {
  const hash = createHash('sha256').update(process.version)
  const files = globSync(sources, { cwd: packageRoot, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.name.endsWith('.test.ts'))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()
  for (const file of files) {
    hash.update(`\0${file.slice(packageRoot.length)}\0`).update(readFileSync(file))
  }
  return hash.digest('hex')
}

function builtFrom(): string | null {
  if (!existsSync(stampFile) || !existsSync(join(distDirectory, 'BUILD_ID'))) return null
  return (JSON.parse(readFileSync(stampFile, 'utf8')) as { sources: string }).sources
}

export const isBuildStale = (): boolean => builtFrom() !== hashSources()

/** Builds the web part unless the build at hand is of these very sources. Returns whether it built. */
export async function buildWeb(signal: AbortSignal): Promise<boolean> {
  const lock = await takeBuildLock(signal)
  try {
    const before = hashSources()
    if (builtFrom() === before) return false
    await runBuild(signal)
    // Stamped with what was there before: a file saved meanwhile makes the next start build again.
    writeFileSync(stampFile, JSON.stringify({ sources: before }))
    return true
  } finally {
    lock.release()
  }
}

/** Two starts of one checkout with different data directories must not build into one another. */
async function takeBuildLock(signal: AbortSignal) {
  for (;;) {
    signal.throwIfAborted()
    const lock = takeLock(join(packageRoot, 'node_modules/.cache/holdfast-build.lock'))
    if ('release' in lock) return lock
    await new Promise((resolve) => setTimeout(resolve, 300))
  }
}

function runBuild(signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [nextBinary, 'build'], {
      cwd: packageRoot,
      stdio: ['ignore', 'pipe', 'pipe'],
      signal,
      env: {
        PATH: process.env.PATH,
        HOME: process.env.HOME,
        TMPDIR: process.env.TMPDIR,
        NODE_ENV: 'production',
        HOLDFAST_ROLE: 'web',
        HOLDFAST_SKIP_TYPES: '1',
        NEXT_TELEMETRY_DISABLED: '1',
      },
    })
    let output = ''
    const keep = (chunk: Buffer) => {
      output = (output + chunk.toString()).slice(-6000)
    }
    child.stdout.on('data', keep)
    child.stderr.on('data', keep)
    child.once('error', reject)
    child.once('exit', (code) => {
      if (code === 0) return resolve()
      reject(new AppError('build-failed', `The web part could not be built.\n${output.trim()}`))
    })
  })
}
