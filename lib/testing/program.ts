import { type ChildProcess, spawn } from 'node:child_process'
import { join } from 'node:path'
import { packageRoot } from '#lib/env.ts'
import { cleanUp } from '#lib/testing/clean-up.ts'
import { testKey } from '#lib/testing/test-key.ts'

export interface RunningProgram {
  child: ChildProcess
  pid: number
  output(): string
  /** The exit code, or the signal that ended it. */
  ended: Promise<number | string>
}

/** Starts one of the package's own programs as a real process; whatever is left of it ends with the test file. */
export function startProgram(
  script: string,
  args: readonly string[],
  env: Record<string, string>,
): RunningProgram {
  const child = spawn(process.execPath, [join(packageRoot, script), ...args], {
    cwd: packageRoot,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      NODE_ENV: 'test',
      PATH: process.env.PATH,
      HOME: process.env.HOME,
      HOLDFAST_KEY: testKey,
      ...env,
    },
  })
  let output = ''
  child.stdout?.on('data', (chunk) => (output += chunk))
  child.stderr?.on('data', (chunk) => (output += chunk))
  const ended = new Promise<number | string>((resolve) =>
    child.once('exit', (code, signal) => resolve(code ?? signal ?? 'unknown')),
  )
  cleanUp(async () => {
    if (child.exitCode === null && child.signalCode === null) {
      child.kill('SIGTERM')
      await ended
    }
  })
  return { child, pid: child.pid!, output: () => output, ended }
}

/** Waits until `look` gives something, and gives that. Throws with `what` when it takes too long. */
export async function waitFor<T>(
  what: string,
  look: () => Promise<T | null | undefined | false> | T | null | undefined | false,
  withinMs = 30_000,
): Promise<T> {
  const until = Date.now() + withinMs
  for (;;) {
    const seen = await look()
    if (seen) return seen
    if (Date.now() > until) throw new Error(`waited ${withinMs} ms in vain for: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}
